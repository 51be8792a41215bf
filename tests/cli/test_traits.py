"""What the shell makes of --profile and --loves-genre."""

from __future__ import annotations

import pytest

from reelgraph.cli.person_options import traits_of
from reelgraph.core.errors import ConfigError


def test_kinds_and_names_are_told_apart() -> None:
    traits = traits_of(["age_band=25-34", "gender=F"], ["Comedy"])
    assert (dict(traits.profile), traits.genres) == ({"age_band": "25-34", "gender": "F"}, ("Comedy",))
    assert not traits_of(None, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["gender"], "expected KIND=NAME"),
        (["=F"], "expected KIND=NAME"),
        (["gender=F", "gender=M"], "gender is given twice: 'F' and 'M'"),
    ],
)
def test_what_is_off_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        traits_of(given, None)
