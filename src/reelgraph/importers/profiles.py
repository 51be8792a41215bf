"""Files of several people: which rows are of the one whose export is read."""

from __future__ import annotations

from collections.abc import Sequence

from reelgraph.core.errors import ConfigError, DataFormatError

OTHER_PROFILES = "rows of other profiles"
_SHOWN = 10


def rows_of_others(users: Sequence[str], profile: str | None, source: str) -> list[bool]:
    """Whether each row is of another person.

    Args:
        users: name of the person of each row; "" where it is not stated.
        profile: whose rows to read, in any case of letters; None if the file is of one person.
        source: the file, for messages.

    Raises:
        DataFormatError: the file is of several people, and none is chosen.
        ConfigError: the chosen one is not in the file.
    """
    names = list(dict.fromkeys(user for user in users if user))
    first_names = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    if profile is None:
        if len(names) > 1:
            expected = f"the rows of one person, found {len(names)} profiles: {first_names}"
            raise DataFormatError(source, expected, hint="choose one: --profile NAME")
        return [False] * len(users)
    if profile.casefold() not in {name.casefold() for name in names}:
        contents = f"it has {first_names}" if names else "it has no column of profiles"
        raise ConfigError("profile", f"no {profile!r} in the file; {contents}")
    return [user.casefold() != profile.casefold() for user in users]
