from collections.abc import Iterator

import pytest

from reelgraph import models
from tests.unit.tuning import toy
from tests.unit.tuning.toy import Toy


@pytest.fixture(autouse=True)
def known_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    places = {"toy": f"{toy.__name__}:Toy", "spy": f"{toy.__name__}:Spy"}
    monkeypatch.setattr(models, "_IMPORT_PATHS", {**models._IMPORT_PATHS, **places})
    Toy.fits.clear()
    Toy.before = None
    yield
    Toy.before = None
