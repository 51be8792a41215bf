"""The published contract passes a correct model, and each defect fails the check that is for it."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from reelgraph.core import Contributions, FitContext, FitResult, Interactions, Matrix, RatingPrediction
from reelgraph.testing import CHECKS, ContractError, ModelContract, ModelFits, check_model
from tests.plugin_package import blocks, module_of_page

_PAGE = module_of_page()
EASE: Any = _PAGE.EASE
EASEScorer: Any = _PAGE.EASEScorer


class TestEASE(ModelContract):
    model = EASE(ridge=10.0)


def test_correct_model_passes_as_a_whole() -> None:
    skipped = ("stars", "distribution", "contributions", "item_vectors", "order", "stars_are_learnt")
    assert check_model(EASE(ridge=10.0)) == skipped


def test_plain_dataclass_without_checks_of_its_own_passes() -> None:
    @dataclasses.dataclass(frozen=True)
    class Plain:
        name: ClassVar[str] = "plain"
        ridge: float = 10.0

        @classmethod
        def search_space(cls) -> Mapping[str, Any]:
            return {"ridge": [1.0, 10.0]}

        def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
            return right_fit(train)

    assert len(check_model(Plain())) == 6


def test_class_of_tests_has_every_check() -> None:
    methods = inspect.getmembers(ModelContract, inspect.isfunction)
    tests = {name: method for name, method in methods if name.startswith("test_")}
    assert set(tests) == {f"test_{name}" for name in CHECKS}
    assert {name: tests[f"test_{name}"].__doc__ for name in CHECKS} == {n: c.__doc__ for n, c in CHECKS.items()}


def model_with(scorer_class: type[Any]) -> Any:
    """EASE whose scorer is of another class."""

    @dataclasses.dataclass(frozen=True)
    class Model(EASE):  # type: ignore[misc]
        ridge: float = 10.0

        def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
            return FitResult(scorer_class(super().fit(train, context).scorer.weights))

    return Model()


def model_that(fit: Callable[[Any, Interactions, FitContext | None], object]) -> Any:
    """EASE that does something else in its fit before or after the right one."""

    @dataclasses.dataclass(frozen=True)
    class Model(EASE):  # type: ignore[misc]
        ridge: float = 10.0
        fitted: ClassVar[int] = 0

    Model.fit = fit  # type: ignore[method-assign, assignment]
    return Model()


def right_fit(train: Interactions) -> FitResult:
    result: FitResult = EASE(ridge=10.0).fit(train)
    return result


class Emptying(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        scores = super().score(history)
        history.data[:] = 0
        history.eliminate_zeros()
        return scores


class Transposed(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return super().score(history).T


class Dizzy(EASEScorer):  # type: ignore[misc]
    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> Any:
        return super().score(history) + order.data.max(initial=0).astype(np.float32) * history.shape[0]


class Double(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return super().score(history).astype(np.float64)


class Masking(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return np.where(history.toarray() > 0, np.float32(-np.inf), super().score(history))


class Standardising(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        scores = super().score(history)
        return scores - scores.mean(axis=0) if len(scores) else scores


class Wandering(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return super().score(history) + np.random.default_rng().random(history.shape, dtype=np.float32)


class Failing(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return super().score(history) / float(1 / max(history.nnz, 0))


class Forgetful(EASEScorer):  # type: ignore[misc]
    def arrays(self) -> dict[str, Any]:
        return {"weights": np.round(self.weights, 1)}


class Unnamed(EASEScorer):  # type: ignore[misc]
    def arrays(self) -> dict[str, Any]:
        return {"matrix": self.weights}


class Textual(EASEScorer):  # type: ignore[misc]
    def arrays(self) -> dict[str, Any]:
        return {"weights": self.weights.astype(str)}


class OfOwnKind(EASEScorer):  # type: ignore[misc]
    kind = "bias"


class Short(EASEScorer):  # type: ignore[misc]
    n_items = 3


class Excited(EASEScorer):  # type: ignore[misc]
    def rate(self, history: Matrix, items: Any = None) -> RatingPrediction:
        stars = 7 * self.score(history)
        return RatingPrediction(stars if items is None else stars[:, items])


class Reversed(EASEScorer):  # type: ignore[misc]
    def rate(self, history: Matrix, items: Any = None) -> RatingPrediction:
        stars = np.clip(3 + self.score(history), 1, 5)
        return RatingPrediction(stars if items is None else stars[:, items[::-1]])


class Rambling(EASEScorer):  # type: ignore[misc]
    def contributions(self, history: Matrix, items: Any) -> Contributions:
        return Contributions(np.ones((len(items), history.nnz)))


class Pointless(EASEScorer):  # type: ignore[misc]
    def item_vectors(self) -> Any:
        return self.weights[:3]


class Shuffled(EASEScorer):  # type: ignore[misc]
    def score(self, history: Matrix) -> Any:
        return super().score(history)[:, np.random.default_rng(0).permutation(history.shape[1])]


class Remembering(EASEScorer):  # type: ignore[misc]
    def __init__(self, weights: Any, history: Any = None, target: Any = None) -> None:
        super().__init__(weights)
        object.__setattr__(self, "pair", (history, target))

    def score(self, history: Matrix) -> Any:
        scores, (known, target) = super().score(history), self.pair
        if target is None:
            return scores
        is_known = (history.toarray()[:, None, :] == known.toarray()[None, :, :]).all(axis=2)
        return scores + 10 * (is_known.astype(np.float32) @ target.toarray())


def learns_from_validation(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    weights = right_fit(train).scorer.weights  # type: ignore[attr-defined]
    valid = context.valid if context else None
    return FitResult(Remembering(weights, *((valid.history, valid.target) if valid else ())))


def draws_anew(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    weights = right_fit(train).scorer.weights  # type: ignore[attr-defined]
    return FitResult(EASEScorer(weights + np.random.default_rng().normal(size=weights.shape).astype(np.float32) / 99))


def writes_into_read_only(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    train.rating[:] = 1.0
    return right_fit(train)


def changes_the_data(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    train.rating.setflags(write=True)
    train.rating[:] = 1.0
    return right_fit(train)


def changes_itself(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    object.__setattr__(self, "ridge", self.ridge + 1)
    return right_fit(train)


def needs_two_people(self: Any, train: Interactions, context: FitContext | None = None) -> FitResult:
    if train.n_users < 2:
        raise ValueError("too few people")
    return right_fit(train)


def gives_the_scorer(self: Any, train: Interactions, context: FitContext | None = None) -> object:
    return right_fit(train).scorer


@dataclasses.dataclass
class Open:
    name: ClassVar[str] = "open"
    ridge: float = 10.0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        return right_fit(train)


@dataclasses.dataclass(frozen=True)
class Unchecked:
    name: ClassVar[str] = "unchecked"
    ridge: Any = 10.0

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        return right_fit(train)


@dataclasses.dataclass(frozen=True)
class Required:
    ridge: float
    name: ClassVar[str] = "required"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        return right_fit(train)


@dataclasses.dataclass(frozen=True)
class Lost(EASE):  # type: ignore[misc]
    search_space: ClassVar[Mapping[str, Any]] = {"rigde": [1.0]}


DEFECTS: dict[str, tuple[Any, str, str]] = {
    "it recommends what was seen": (model_with(Emptying), "lists", "a list holds movies that the person has rated"),
    "score changes the history": (
        model_with(Emptying),
        "score_changes_no_history",
        "what was seen would be recommended",
    ),
    "it learns from validation": (model_that(learns_from_validation), "nothing_leaks", "learns from context.valid"),
    "the fit is drawn anew": (model_that(draws_anew), "same_seed_same_fit", "draw at random from context.seed only"),
    "scores are drawn anew": (model_with(Wandering), "same_seed_same_fit", "score differently"),
    "fit writes into its data": (model_that(writes_into_read_only), "scores", "are read-only: copy them first"),
    "fit changes its data": (model_that(changes_the_data), "fit_changes_nothing", "fit changes the training data"),
    "fit changes the model": (model_that(changes_itself), "fit_changes_nothing", "fit changes the settings"),
    "fit needs two people": (
        model_that(needs_two_people),
        "smallest_data",
        "of 1 person .* raised ValueError: too few",
    ),
    "fit gives a scorer": (model_that(gives_the_scorer), "scores", "returned EASEScorer, expected a FitResult"),
    "another shape": (model_with(Transposed), "scores", r"shape \(20, 40\), expected \(40, 20\)"),
    "another type": (model_with(Double), "scores", "returns float64, expected float32"),
    "another number of items": (model_with(Short), "scores", "n_items is 3, the data have 20 items"),
    "seen movies are masked": (model_with(Masking), "scores", "not a finite number; seen items are left out later"),
    "people depend on others": (model_with(Standardising), "rows_are_independent", "depend on the other rows"),
    "no history, no scores": (model_with(Failing), "no_history", "score of 2 histories with 0 ratings raised ZeroDiv"),
    "arrays lack something": (model_with(Forgetful), "restored", "restore scores differently"),
    "arrays of other names": (model_with(Unnamed), "restored", "raised TypeError: .*'matrix'"),
    "arrays of text": (model_with(Textual), "restored", "'weights' is not an array of numbers"),
    "bundle that cannot be saved": (model_with(Unnamed), "bundle", "cannot be saved and loaded: not saved: the scorer"),
    "a kind of reelgraph": (model_with(OfOwnKind), "kind", "'bias' of its scorer is that of a scorer of reelgraph"),
    "stars off the scale": (model_with(Excited), "stars", "not between the ends of the scale"),
    "stars of other items": (model_with(Reversed), "stars", "is not the columns `items`"),
    "stars worse than the mean": (model_with(Reversed), "stars_are_learnt", "the mean of all stars has"),
    "contributions of something else": (model_with(Rambling), "contributions", "do not sum to the scores"),
    "vectors of some items": (model_with(Pointless), "item_vectors", r"shape \(3, 20\), expected \(20, dim\)"),
    "order of others": (model_with(Dizzy), "order", "a row of score_in_order hangs on others"),
    "nothing learnt": (model_with(Shuffled), "views_are_learnt", "expected more than 0.7"),
    "settings that change": (Open(), "settings", "'ridge' can be changed; use @dataclass"),
    "settings without a default": (Required(3.0), "settings", "every setting needs a default"),
    "unchecked settings": (Unchecked(), "wrong_settings", r"ridge=object\(\) is accepted; annotate the setting"),
    "a space of another model": (Lost(), "search_space", "rigde: unknown setting"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_fails_its_check_and_the_whole(defect: str) -> None:
    model, check, message = DEFECTS[defect]
    with pytest.raises(ContractError, match=message):
        CHECKS[check](ModelFits(model))
    with pytest.raises(ContractError):
        check_model(model)


def test_published_class_runs_under_pytest_plugin_the_repository(tmp_path: Path) -> None:
    (tmp_path / "ease_model.py").write_text(blocks("python")[0])
    (tmp_path / "test_ease.py").write_text(
        "from ease_model import EASE, EASEScorer\n"
        "from reelgraph.testing import ModelContract\n\n"
        "class TestEASE(ModelContract):\n    model = EASE(ridge=10.0)\n\n"
        "class Double(EASEScorer):\n    def score(self, history):\n"
        "        return super().score(history).astype(float)\n\n"
        "class Wrong(EASE):\n    def fit(self, train, context=None):\n"
        "        return type(r := super().fit(train))(Double(r.scorer.weights))\n\n"
        "class TestWrong(ModelContract):\n    model = Wrong()\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_ease.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "FAILED test_ease.py::TestWrong::test_scores" in done.stdout
    assert "ContractError: ease: score returns float64, expected float32" in done.stdout
    assert "FAILED test_ease.py::TestEASE" not in done.stdout
    assert re.search(r"\d+ failed, \d+ passed, \d+ skipped", done.stdout)
