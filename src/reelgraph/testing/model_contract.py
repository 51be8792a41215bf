"""The contract of models as a class of tests."""

from __future__ import annotations

from typing import Any, ClassVar

from reelgraph.testing.model_checks import CHECKS
from reelgraph.testing.model_fits import ModelFits


class ModelContract:
    """The contract of a model: a subclass is a class of tests for pytest, with a test for each check.

    A test of an ability that the model does not have is skipped. The fits are shared by the tests of a class.

    Attributes:
        model: an instance, with settings under which it learns from a hundred ratings within seconds.

    Examples:
        >>> import reelgraph as rg
        >>> from reelgraph.testing import ModelContract
        >>> class TestPopularity(ModelContract):
        ...     model = rg.Popularity()
    """

    model: ClassVar[Any]
    _fits: ClassVar[ModelFits | None] = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._fits = None

    def _check(self, name: str) -> None:
        cls = type(self)
        if cls._fits is None:
            cls._fits = ModelFits(cls.model)
        CHECKS[name](cls._fits)

    def test_settings(self) -> None:
        """The model is a frozen dataclass with a name, has defaults, and cannot score before it is fitted."""
        self._check("settings")

    def test_wrong_settings(self) -> None:
        """A setting of the wrong type is refused by a `ConfigError` that names it."""
        self._check("wrong_settings")

    def test_search_space(self) -> None:
        """The settings and values of the search space, if there is one, are some that the model takes."""
        self._check("search_space")

    def test_fit_changes_nothing(self) -> None:
        """A fit changes neither the model nor the training data."""
        self._check("fit_changes_nothing")

    def test_same_seed_same_fit(self) -> None:
        """The same seed gives the same arrays and scores; scoring twice gives the same scores."""
        self._check("same_seed_same_fit")

    def test_scores(self) -> None:
        """Scores are finite float32, one for each person and item."""
        self._check("scores")

    def test_score_changes_no_history(self) -> None:
        """Scoring does not change the histories, from which what was seen is left out later."""
        self._check("score_changes_no_history")

    def test_rows_are_independent(self) -> None:
        """The scores of a person do not depend on who else is asked for, or in which row."""
        self._check("rows_are_independent")

    def test_no_history(self) -> None:
        """People without ratings get finite scores, the same for all; no people get no rows."""
        self._check("no_history")

    def test_smallest_data(self) -> None:
        """One person, one item, one rating, equal ratings, people and items without ratings."""
        self._check("smallest_data")

    def test_views(self) -> None:
        """Views without stars are learnt from, or refused by a `CapabilityError`: never read as stars."""
        self._check("views")

    def test_stars(self) -> None:
        """Predicted stars are on the scale, one for each person and item; ``items`` picks some of them."""
        self._check("stars")

    def test_distribution(self) -> None:
        """A predicted distribution has a probability for each level, and they sum to 1."""
        self._check("distribution")

    def test_contributions(self) -> None:
        """The contributions of the ratings and the baseline terms sum to the scores."""
        self._check("contributions")

    def test_item_vectors(self) -> None:
        """Item vectors are finite, one for each item."""
        self._check("item_vectors")

    def test_order(self) -> None:
        """Scores of ratings in their order have the form of others, and are the sums that the contributions say."""
        self._check("order")

    def test_restored(self) -> None:
        """Its arrays and settings make the scorer again, with the same scores and abilities."""
        self._check("restored")

    def test_kind(self) -> None:
        """The kind of the scorer, by which bundles name it, is its own."""
        self._check("kind")

    def test_bundle(self) -> None:
        """A saved and loaded bundle gives the same lists."""
        self._check("bundle")

    def test_lists(self) -> None:
        """A list holds no movie that the person has rated, and none twice."""
        self._check("lists")

    def test_nothing_leaks(self) -> None:
        """On noise nothing can be predicted; a model that does has learnt from the validation part."""
        self._check("nothing_leaks")

    def test_stars_are_learnt(self) -> None:
        """Stars of planted tastes are predicted no worse than by their mean, and not better than their noise allows."""
        self._check("stars_are_learnt")

    def test_views_are_learnt(self) -> None:
        """A model that ranks people differently puts movies of a person's own group of viewers first."""
        self._check("views_are_learnt")
