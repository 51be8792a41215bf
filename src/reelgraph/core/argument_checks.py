"""Wrong arguments that are easy to pass: the result of an earlier or later step, a path, a class, an unfitted model."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from pathlib import Path

from reelgraph.core.catalogue import Catalogue
from reelgraph.core.dataset import Dataset
from reelgraph.core.errors import WrongTypeError
from reelgraph.core.interactions import Interactions
from reelgraph.core.profiles import Profiles
from reelgraph.core.split_parts import EvalPart, Split
from reelgraph.core.training import FitContext, FitResult

_PLURALS = {"Changes", "CleanRules", "Filters", "Interactions", "PreparedData", "Ratings", "RerankOptions", "Traits"}

#: expected type -> where one comes from
_SOURCES = {
    "Bundle": "reelgraph.Bundle.load(path) gives one",
    "Changes": "make them with reelgraph.Changes(mute=[...], ...)",
    "CleanRules": "make them with reelgraph.CleanRules(min_user_ratings=..., ...)",
    "Catalogue": "data.catalogue and bundle.catalogue are one",
    "Dataset": "reelgraph.read(path) gives one",
    "EvalReport": "reelgraph.evaluate gives one",
    "EvalPart": "a split has two: split.valid and split.test",
    "Filters": "make them with reelgraph.Filters(genres=[...], ...)",
    "FitContext": "make one with reelgraph.FitContext(valid=split.valid, ...)",
    "FitResult": "model.fit(split.train) gives one",
    "Interactions": "reelgraph.index(data.ratings) gives them",
    "Model": "such as reelgraph.GraphFilter(), or reelgraph.model_class(name)()",
    "PreparedData": "reelgraph.pipeline.prepare(protocol, data) gives it",
    "Protocol": "reelgraph.PROTOCOLS has them by name",
    "Ratings": "a data set has them: data.ratings",
    "Recommender": "make one with reelgraph.Recommender(bundle)",
    "Scorer": "a fit has one: model.fit(split.train).scorer",
    "RatingScale": "make one with reelgraph.RatingScale(low, high, step), or reelgraph.RatingScale.parse('1:10')",
    "RerankOptions": "make them with reelgraph.RerankOptions(diversity=..., ...)",
    "Split": "reelgraph.split(interactions, reelgraph.PerUser()) gives one",
    "Traits": "make them with reelgraph.Traits(genres=[...], ...)",
    "group": 'give a dictionary: name -> person, such as {"ann": {1: 5.0}}',
    "id": "give the id or the title of one movie",
    "path": "give the path of a file or folder",
    "Splitter": "such as reelgraph.PerUser(valid=0.1, test=0.1)",
}
#: (expected type, type of the argument) -> how to get the first from the second
_CONVERSIONS = {
    ("Bundle", "Recommender"): "pass recommender.bundle",
    ("Changes", "dict"): "pass reelgraph.Changes(**changes)",
    ("CleanRules", "dict"): "pass reelgraph.CleanRules(**rules)",
    ("Catalogue", "Bundle"): "pass bundle.catalogue",
    ("Catalogue", "Dataset"): "pass data.catalogue",
    ("Dataset", "Ratings"): "pass the whole data set that they are part of",
    ("Dataset", "tuple"): "clean returns two things: data, report = reelgraph.clean(data)",
    ("EvalPart", "Interactions"): "pass split.test of reelgraph.split(interactions, ...)",
    ("EvalPart", "Split"): "pass split.valid to choose on, split.test to measure",
    ("Filters", "dict"): "pass reelgraph.Filters(**filters)",
    ("FitContext", "EvalPart"): "pass reelgraph.FitContext(valid=split.valid)",
    ("Interactions", "Dataset"): "pass reelgraph.index(data.ratings)",
    ("Interactions", "Ratings"): "pass reelgraph.index(data.ratings)",
    ("Interactions", "Split"): "pass split.train",
    ("Ratings", "Dataset"): "pass data.ratings",
    ("Ratings", "Interactions"): "they are indexed already; go on with reelgraph.split",
    ("Ratings", "tuple"): "clean returns two things: data, report = reelgraph.clean(data)",
    ("RatingScale", "str"): "pass reelgraph.RatingScale.parse(scale)",
    ("Recommender", "Bundle"): "pass reelgraph.Recommender(bundle)",
    ("RerankOptions", "dict"): "pass reelgraph.RerankOptions(**options)",
    ("Traits", "dict"): "pass reelgraph.Traits(**traits)",
    ("path", "Bundle"): "it is loaded already",
    ("path", "Dataset"): "it is read already",
    ("Scorer", "Bundle"): "pass bundle.scorer",
    ("Scorer", "FitResult"): "pass fit.scorer",
    ("Scorer", "Recommender"): "pass recommender.scorer",
    ("Split", "Interactions"): "pass reelgraph.split(interactions, ...)",
    ("Split", "tuple"): "pass the whole split, as reelgraph.split gives it",
}


def require_type(function: str, argument: str, value: object, expected: type, *, optional: bool = False) -> None:
    """Refuse a value that is not of the type ``expected``.

    Args:
        function: for the message.
        argument: its name.
        value: what was passed.
        expected: a type.
        optional: None is right, too.

    Raises:
        WrongTypeError: says what was passed, what is expected, and which function or attribute gives it.
    """
    if not isinstance(value, expected) and not (optional and value is None):
        raise wrong_type(function, argument, value, expected.__name__)


def require_path(function: str, argument: str, value: object) -> None:
    """Refuse what is not a path, as `require_type` does."""
    if not isinstance(value, str | os.PathLike):
        raise wrong_type(function, argument, value, "path")


def require_id(function: str, argument: str, value: object) -> None:
    """Refuse what cannot be the id or the title of one movie, as `require_type` does."""
    if value is None or not isinstance(value, Hashable) or isinstance(value, tuple):
        raise wrong_type(function, argument, value, "id")


def require_group(function: str, argument: str, value: object) -> None:
    """Refuse what is not a mapping of names, as `require_type` does."""
    if not isinstance(value, Mapping):
        raise wrong_type(function, argument, value, "group")


def require_methods(function: str, argument: str, value: object, expected: str, *methods: str) -> None:
    """Refuse a value without ``methods``, or the class of such values, as `require_type` does.

    Args:
        function: for the message.
        argument: its name.
        value: what was passed.
        expected: the name of the type.
        *methods: what it must have.
    """
    if isinstance(value, type) or not all(callable(getattr(value, method, None)) for method in methods):
        raise wrong_type(function, argument, value, expected)


def require_fit_arguments(model: str, train: object, context: object) -> None:
    """Refuse what is not the training data and the context of a fit, as `require_type` does."""
    function = f"{model}: fit"
    require_type(function, "train", train, Interactions)
    require_type(function, "context", context, FitContext, optional=True)
    if isinstance(context, FitContext):
        for name, expected in (("valid", EvalPart), ("catalogue", Catalogue), ("profiles", Profiles)):
            require_type(function, f"context.{name}", getattr(context, name), expected, optional=True)


def require_bundle_arguments(fit: object, data: object, split: object) -> None:
    """Refuse what is not a fit, its data and its split, as `require_type` does."""
    require_type("Bundle.create", "fit", fit, FitResult)
    require_type("Bundle.create", "data", data, Dataset)
    require_type("Bundle.create", "split", split, Split)


def require_scorer_or_lists(function: str, value: object) -> None:
    """Refuse what neither scores nor is a table of lists, but leads to a scorer, as `require_type` does."""
    if callable(getattr(value, "score", None)) and not isinstance(value, type):
        return
    leads_to_scorer = ("Scorer", type(value).__name__) in _CONVERSIONS or callable(getattr(value, "fit", None))
    if leads_to_scorer or value is None or isinstance(value, type | str | Path):
        raise wrong_type(function, "scorer", value, "Scorer")


def wrong_type(function: str, argument: str, value: object, expected: str) -> WrongTypeError:
    """The error of a wrong argument, with the way to the right one.

    Args:
        function: that was called.
        argument: its name.
        value: what was passed.
        expected: the name of the type that is expected.
    """
    hint = _CONVERSIONS.get((expected, type(value).__name__)) or _SOURCES.get(expected)
    if isinstance(value, type):
        hint = f"pass an instance: {value.__name__}(...)" if expected != "Scorer" else hint
    elif expected == "Scorer" and callable(getattr(value, "fit", None)):
        hint = f"fit it first: {type(value).__name__}(...).fit(split.train).scorer"
    return WrongTypeError(f"{function}: {argument} is {_described(value)}, expected {_with_article(expected)}", hint)


def _described(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, str | Path):
        text = str(value)
        return f"the text {text if len(text) <= 40 else text[:39] + '…'!r}"
    return _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    if name in _PLURALS:
        return name
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
