"""What every model promises, whatever it learns: its settings, its fit, and the form of its scores."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph.core import FloatArray, Matrix, RequiresStars, Scorer, config
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import ContractError, no_ratings, require, require_equal
from reelgraph.testing.sample_data import interactions_of, parity_tastes
from reelgraph.tuning import default_space, space_of

_SMALLEST: dict[str, tuple[list[tuple[int, int, float]], int, int]] = {
    "one person": ([(0, 0, 4.0), (0, 1, 2.0), (0, 2, 5.0)], 1, 3),
    "one item": ([(0, 0, 4.0), (1, 0, 2.0), (2, 0, 5.0)], 3, 1),
    "one rating": ([(0, 0, 4.0)], 1, 1),
    "equal ratings": ([(user, item, 3.0) for user in range(4) for item in range(3)], 4, 3),
    "people and items without ratings": ([(0, 0, 4.0), (0, 1, 2.0)], 3, 4),
}


def check_settings(fits: ModelFits) -> None:
    """The model is a frozen dataclass with a name, has defaults, and cannot score before it is fitted."""
    model, cls = fits.model, type(fits.model)
    require(dataclasses.is_dataclass(cls), fits.name, f"{cls.__name__} is not a dataclass")
    require(isinstance(getattr(cls, "name", None), str), fits.name, f"{cls.__name__} has no text `name`")
    require(not isinstance(model, Scorer), fits.name, "it can score before it is fitted; `fit` returns the scorer")
    try:
        require(cls() == cls(), fits.name, f"two {cls.__name__}() are not equal")
    except TypeError as error:
        raise ContractError(f"{fits.name}: {cls.__name__}() fails: {error}; every setting needs a default") from error
    for setting in dataclasses.fields(cls):
        try:
            setattr(model, setting.name, getattr(model, setting.name))
        except dataclasses.FrozenInstanceError:
            continue
        raise ContractError(f"{fits.name}: the setting {setting.name!r} can be changed; use @dataclass(frozen=True)")


def check_wrong_settings(fits: ModelFits) -> None:
    """A setting of the wrong type is refused by a `ConfigError` that names it."""
    cls = type(fits.model)
    for setting in dataclasses.fields(cls):
        if not setting.init:
            continue
        try:
            config.from_dict(cls, {setting.name: object()})
        except ConfigError as error:
            require(
                setting.name in error.key, fits.name, f"the error of a wrong {setting.name} does not name it: {error}"
            )
        except Exception as error:
            raise ContractError(
                f"{fits.name}: a wrong {setting.name} raises {type(error).__name__}, expected a ConfigError"
            ) from error
        else:
            raise ContractError(f"{fits.name}: {setting.name}=object() is accepted; annotate the setting with its type")


def check_search_space(fits: ModelFits) -> None:
    """The settings and values of the search space, if there is one, are some that the model takes."""
    cls = type(fits.model)
    try:
        if default_space(cls) is not None:
            space_of(cls, {})
    except ConfigError as error:
        raise ContractError(f"{fits.name}: {error}") from error


def check_fit_changes_nothing(fits: ModelFits) -> None:
    """A fit changes neither the model nor the training data."""
    train = parity_tastes().train
    before, settings = train.matrix().toarray(), repr(fits.model)
    fits.fit(train)
    require_equal(before, train.matrix().toarray(), fits.name, "fit changes the training data; copy them first")
    require(repr(fits.model) == settings, fits.name, "fit changes the settings of the model")


def check_same_seed_same_fit(fits: ModelFits) -> None:
    """The same seed gives the same arrays and scores; scoring twice gives the same scores."""
    scorer, train, part = fits.on_parity_tastes
    again = fits.fit(train)
    for name, array in scorer.arrays().items():
        message = f"two fits with one seed differ in the array {name!r}; draw at random from context.seed only"
        require_equal(array, again.arrays()[name], fits.name, message)
    require(scorer.settings() == again.settings(), fits.name, "two fits with one seed differ in settings()")
    scores = _scores(fits, scorer, part.history)
    require_equal(scores, _scores(fits, again, part.history), fits.name, "two fits with one seed score differently")
    require_equal(scores, _scores(fits, scorer, part.history), fits.name, "scoring twice gives two results")


def check_scores(fits: ModelFits) -> None:
    """Scores are finite float32, one for each person and item."""
    scorer, train, part = fits.on_parity_tastes
    require(isinstance(scorer.kind, str), fits.name, "the kind of the scorer is no text")
    require(
        scorer.n_items == train.n_items, fits.name, f"n_items is {scorer.n_items}, the data have {train.n_items} items"
    )
    _scores(fits, scorer, part.history)


def check_score_changes_no_history(fits: ModelFits) -> None:
    """Scoring does not change the histories, from which what was seen is left out later."""
    scorer, _, part = fits.on_parity_tastes
    history = part.history.copy()
    scorer.score(history)
    is_same = history.nnz == part.history.nnz and np.array_equal(history.toarray(), part.history.toarray())
    message = "score changes the histories, so that what was seen would be recommended; copy them first"
    require(is_same, fits.name, message)


def check_rows_are_independent(fits: ModelFits) -> None:
    """The scores of a person do not depend on who else is asked for, or in which row."""
    scorer, _, part = fits.on_parity_tastes
    together = _scores(fits, scorer, part.history)
    rows = np.array([39, 7, 0])
    alone = np.concatenate([_scores(fits, scorer, part.history[[row]]) for row in rows])
    reordered = _scores(fits, scorer, part.history[rows])
    for scores in (alone, reordered):
        is_close = np.allclose(scores, together[rows], rtol=1e-5, atol=1e-6)
        require(is_close, fits.name, "the scores of a person depend on the other rows; a person is their history")


def check_no_history(fits: ModelFits) -> None:
    """People without ratings get finite scores, the same for all; no people get no rows."""
    scorer, train, _ = fits.on_parity_tastes
    scores = _scores(fits, scorer, no_ratings(train.n_items, people=2))
    require_equal(scores[0], scores[1], fits.name, "two people without ratings get different scores")
    _scores(fits, scorer, no_ratings(train.n_items, people=0))


def check_smallest_data(fits: ModelFits) -> None:
    """One person, one item, one rating, equal ratings, people and items without ratings."""
    for edges, n_users, n_items in _SMALLEST.values():
        train = interactions_of(edges, n_users, n_items)
        _scores(fits, fits.fit(train), train.matrix())


def check_views(fits: ModelFits) -> None:
    """Views without stars are learnt from, or refused by a `CapabilityError`: never read as stars."""
    fitted = fits.on_views
    if fitted is not None:
        _scores(fits, fitted.scorer, fitted.part.history)
        return
    message = "fit refuses views; say so by the class attribute `requires_stars: ClassVar[bool] = True`"
    require(isinstance(fits.model, RequiresStars), fits.name, message)
    try:
        fits.fit(parity_tastes().train)
    except CapabilityError as error:
        raise ContractError(f"{fits.name}: fit refuses ratings with stars, too: {error}") from error


def _scores(fits: ModelFits, scorer: Scorer, history: Matrix) -> FloatArray:
    """The scores, if they have the right form."""
    try:
        scores = scorer.score(history)
    except Exception as error:
        call = f"score of {counted(history.shape[0], 'history')} with {counted(history.nnz, 'rating')}"
        raise ContractError(f"{fits.name}: {call} raised {type(error).__name__}: {error}") from error
    require(isinstance(scores, np.ndarray), fits.name, f"score returns {type(scores).__name__}, expected an array")
    require(
        scores.shape == history.shape,
        fits.name,
        f"score returns the shape {scores.shape}, expected {history.shape}: a score for each person and item",
    )
    require(scores.dtype == np.float32, fits.name, f"score returns {scores.dtype}, expected float32")
    require(np.isfinite(scores).all(), fits.name, "a score is not a finite number; seen items are left out later")
    return scores
