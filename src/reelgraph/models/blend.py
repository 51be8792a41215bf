"""Several models as one: a blend of rankings, and the stars of one model."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reelgraph.core import (
    FitContext,
    FitResult,
    ForgetsAtOnce,
    Interactions,
    Progress,
    RequiresStars,
    Scorer,
    config,
)
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.core.memory import DataSize, FitMemory, fit_memory
from reelgraph.models.blend_parts import (
    AUTO_RANKERS,
    CLOSED_FORMS,
    NEEDS_TORCH,
    QUICK_RANKERS,
    RankerName,
    auto_rankers,
    fit_minutes,
    left_out_by_exact_updates,
    shortened_note,
    shortened_stars,
)
from reelgraph.models.blend_weights import choose_weights
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer

_log = logging.getLogger(__name__)

_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Blend:
    """Ranks by a weighted sum of the standardised scores of several models, and predicts stars with another.

    What a person will watch and how much they will love it are two questions: ``rankers`` answer the first, ``stars``
    the second. The scores are those of the rankers. Lists for people are in the order of what they will be glad to have
    watched, `LikedOrderScorer`, in which ``love`` is the weight of the stars; `Recommender` has the choice.

    Args:
        rankers: models whose scores are blended; ``lightgcn`` and ``gcn`` need torch. ``auto`` is ``graph-filter``, and
            ``lightgcn`` where torch is installed and ``budget`` has the time.
        weights: one a ranker, or ``validation``: those of the best NDCG@10 on the validation part (ties by their
            expected value, as in `evaluate`) among all tenths that add up to 1, the first above 0; the first ranker
            alone if it is worse by no more than a standard error over the people; equal ones without a validation part.
            A ranker of weight 0 is not kept.
        stars: the model of the stars; ``none`` for a blend that only ranks. ``bias`` forgets at once, and predicts
            worse and without intervals.
        love: what a star of five that a movie is predicted below the person's usual rating costs in the liked order,
            in standard deviations of their scores. The default was chosen on validation, see docs/models/blend.md.
        settings: model name -> its settings, where they are not the defaults.
        quick: closed forms alone: ``graph-filter`` and ``bias`` in place of ``auto`` and ``bayes-gcn``. Rankers that
            are named must be such.
        exact_updates: only parts that forget people at once, with what that needs: without ``lightgcn`` in ``auto``,
            and ``bias`` in place of ``bayes-gcn``; the fit says so. Rankers that are named must be such.
        budget: minutes of one core of a laptop for all fits, as estimated from the size of the data. Beyond it ``auto``
            leaves out ``lightgcn``, and ``bayes-gcn`` takes fewer draws; the fit says so.

    Where the data have views or counts in place of stars, the models of stars are left out before anything is fitted.

    Raises:
        ConfigError: a setting is out of range, or a model is named twice.
        CapabilityError: a part that is named needs torch, which is not installed.

    Cost: the fits of all parts, and one ranking of the validation people for every mixture of weights tried.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.Blend(rankers=("graph-filter",), stars="none").fit(train).scorer.kind
        'blend'
    """

    name: ClassVar[str] = "blend"
    rankers: Annotated[tuple[RankerName, ...], Field(min_length=1)] | Literal["auto"] = "auto"
    weights: Annotated[tuple[_Weight, ...], Field(min_length=1)] | Literal["validation"] = "validation"
    stars: Literal["bayes-gcn", "bias", "none"] = "bayes-gcn"
    love: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 4.0
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    quick: bool = False
    exact_updates: bool = False
    budget: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0

    def __post_init__(self) -> None:
        config.validate(self)
        if self.rankers == "auto":
            if self.weights != "validation":
                raise ConfigError("weights", "are given, so rankers must be, too: one weight goes with each")
        elif self.weights != "validation" and len(self.weights) != len(self.rankers):
            raise ConfigError("weights", f"expected {len(self.rankers)} numbers, got {len(self.weights)}")
        elif len(set(self.rankers)) != len(self.rankers):
            raise ConfigError("rankers", "a model is named twice")
        elif self.quick and set(self.rankers) - set(QUICK_RANKERS):
            raise ConfigError("quick", f"is closed forms alone, and rankers are {', '.join(self.rankers)}")
        if self.weights != "validation" and not max(self.weights) > 0:
            raise ConfigError("weights", "all are 0, so nothing would be ranked")
        if self.exact_updates:
            self._exact_settings()  # refuse rankers that have no exact updates now
        for name in self.settings:
            if name not in self._part_names:
                raise ConfigError.unknown(name, self._part_names)
        for name in self._part_names:
            if self.rankers != "auto" or name in self.settings or name not in NEEDS_TORCH:
                self._part_model(name)  # refuse wrong settings of a part now, not after the first fit

    @property
    def _ranker_names(self) -> tuple[RankerName, ...]:
        """The rankers, for ``auto`` all that it may take."""
        return AUTO_RANKERS if self.rankers == "auto" else self.rankers

    @property
    def _part_names(self) -> tuple[str, ...]:
        """All parts, each once, the one of the stars last."""
        rankers = tuple(name for name in self._ranker_names if name != self.stars)
        return rankers + (() if self.stars == "none" else (self.stars,))

    @property
    def _stars_model(self) -> Literal["bayes-gcn", "bias", "none"]:
        """The model of the stars that is fitted."""
        return "bias" if (self.quick or self.exact_updates) and self.stars == "bayes-gcn" else self.stars

    @property
    def _has_choices(self) -> bool:
        """Are parts left out or replaced by what the settings and the data are? See :meth:`resolved`."""
        return self.rankers == "auto" or self.quick or self.exact_updates

    def _part_model(self, name: str) -> Any:
        from reelgraph.models import model_class  # late: it imports this module

        return config.from_dict(model_class(name), self.settings.get(name, {}))

    def resolved(self, size: DataSize) -> tuple[Blend, tuple[str, ...]]:
        """The blend whose parts are all named and within the budget, and what was left out or shortened, in words.

        Args:
            size: of the training data.
        """
        stars = self._stars_model
        rankers, notes = self._ranker_names, list[str]()
        settings: dict[str, dict[str, Any]] = dict(self.settings)
        if self.exact_updates:
            settings |= self._exact_settings()
            notes += left_out_by_exact_updates(
                networks=self.rankers == "auto" and not self.quick, stars=stars != self.stars and not self.quick
            )
        if self.quick:
            notes.append("quick: closed forms alone")
            if "graph-filter" in rankers:
                settings["graph-filter"] = {"quick_search": True, **settings.get("graph-filter", {})}
        if self.rankers == "auto":
            rankers, note = (
                (CLOSED_FORMS, "")
                if self.quick or self.exact_updates
                else auto_rankers(self._part_model, stars, self.budget, size)
            )
            notes += [note] if note else []
            if changes := shortened_stars(self._part_model, rankers, stars, self.budget, size):
                settings[stars] = {**settings.get(stars, {}), **changes}
                notes.append(shortened_note(self._part_model(stars), changes, self.budget, size))
        part_settings: dict[str, dict[str, Any]] = {
            name: values for name, values in settings.items() if name in (*rankers, stars)
        }
        blend = dataclasses.replace(
            self, rankers=rankers, stars=stars, settings=part_settings, quick=False, exact_updates=False
        )
        minutes = fit_minutes(blend._part_model, blend._part_names, size)
        if self.rankers == "auto" and minutes > self.budget:
            left = counted(float(f"{minutes:.2g}"), "minute")
            notes.append(f"longer than the budget: what is left takes about {left} of one core")
        return blend, tuple(notes)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """What the largest of the parts needs: they are fitted one after another."""
        if self._has_choices:
            return self.resolved(size)[0].fit_memory(size)
        parts = {name: fit_memory(self._part_model(name), size) for name in self._part_names}
        name, largest = max(parts.items(), key=lambda part: part[1].n_bytes)
        return FitMemory(largest.n_bytes, f"{largest.advice} in the settings of {name}")

    def with_exact_updates(self) -> Blend:
        """The blend of parts with exact updates; ``bias`` takes the place of ``bayes-gcn`` for the stars.

        Raises:
            ConfigError: a ranker has no exact updates.
        """
        return dataclasses.replace(self, exact_updates=True)

    def _exact_settings(self) -> dict[str, dict[str, Any]]:
        """Settings of the rankers with which they have exact updates, where they are not the defaults.

        Raises:
            ConfigError: a ranker has no exact updates.
        """
        settings = {}
        for name in CLOSED_FORMS if self.rankers == "auto" else self.rankers:
            model = self._part_model(name)
            if not isinstance(model, ForgetsAtOnce):
                raise ConfigError("--exact-forgetting", f"{name} forgets only at the next fit; leave it out of rankers")
            exact = model.with_exact_updates()
            defaults = type(exact)()
            fields = {field.name: getattr(exact, field.name) for field in dataclasses.fields(exact)}
            settings[name] = {key: value for key, value in fields.items() if value != getattr(defaults, key)}
        return {name: values for name, values in settings.items() if values}

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Fit all parts on ``train``, then choose the weights.

        Raises:
            TrainingError: a part cannot be fitted.
            LeakError: a part's graph holds an edge of the validation part.
            CapabilityError: the data have no stars, and all rankers predict stars.
        """
        require_fit_arguments(self.name, train, context)
        started, context = time.perf_counter(), context or FitContext()
        if train.scale is None and self.rankers == "auto" and self.stars != "none":
            # Before the budget is divided: what is left out takes none of it.
            settings = {name: values for name, values in self.settings.items() if name != self.stars}
            blend = dataclasses.replace(self, stars="none", settings=settings)
            return _with_note(f"{self._stars_model} left out: the data have no stars", blend.fit(train, context))
        if self._has_choices:
            blend, notes = self.resolved(DataSize(train.n_users, train.n_items, len(train)))
            for note in notes:
                _log.info("blend: %s", note)
            fit = blend.fit(train, context)
            return dataclasses.replace(fit, stopped_because="; ".join([*notes, fit.stopped_because]))
        star_models = tuple(name for name in self._part_names if isinstance(self._part_model(name), RequiresStars))
        if train.scale is None and star_models:
            note = f"{', '.join(star_models)} left out: the data have no stars"
            return _with_note(note, self._without(star_models).fit(train, context))
        fits = {}
        for name in self._part_names:
            _log.info("blend: fit %s", name)
            fits[name] = self._part_model(name).fit(train, _part_context(context, name))
        scorers = {name: fit.scorer for name, fit in fits.items()}
        weights, reason = self._choose_weights([scorers[name] for name in self.rankers], context)
        weight_of: dict[str, float] = dict(zip(self.rankers, weights, strict=True))
        if self.stars != "none":
            weight_of.setdefault(self.stars, 0.0)
        used_names = [
            name for name in self._part_names if weight_of[name] or name == self.stars or self.weights != "validation"
        ]
        parts = tuple(scorers[name] for name in used_names)
        part_weights = tuple(weight_of[name] for name in used_names)
        scorer = (
            BlendScorer(parts, part_weights)
            if self.stars == "none"
            else StarredBlendScorer(parts, part_weights, self.love)
        )
        reasons = [reason] if reason else []
        stopped_because = "; ".join([*reasons, *(f"{name}: {fit.stopped_because}" for name, fit in fits.items())])
        return FitResult(scorer, stopped_because=stopped_because, seconds=time.perf_counter() - started)

    def _without(self, star_models: Sequence[str]) -> Blend:
        """The blend of the rankers that are not among ``star_models``, without a model of the stars."""
        is_ranker = [name not in star_models for name in self._ranker_names]
        if not any(is_ranker):
            raise CapabilityError(
                f"nothing to predict: the data have no stars, and {', '.join(star_models)} predict stars",
                "add a model that ranks, such as graph-filter, to rankers",
            )
        return dataclasses.replace(
            self,
            rankers=tuple(itertools.compress(self._ranker_names, is_ranker)),
            weights=self.weights
            if self.weights == "validation"
            else tuple(itertools.compress(self.weights, is_ranker)),
            stars="none",
            settings={name: values for name, values in self.settings.items() if name not in star_models},
        )

    def _choose_weights(self, parts: Sequence[Scorer], context: FitContext) -> tuple[tuple[float, ...], str]:
        """Weights of the rankers, and how they were found."""
        if self.weights != "validation":
            return tuple(map(float, self.weights)), "weights as given"
        return choose_weights(self.rankers, parts, context.valid, context.seed)


def _with_note(note: str, fit: FitResult) -> FitResult:
    """The fit, with a note in front of how it ended."""
    return dataclasses.replace(fit, stopped_because=f"{note}; {fit.stopped_because}")


def _part_context(context: FitContext, name: str) -> FitContext:
    """The context of one part: its checkpoints go to a folder of their own, its progress has its name."""
    folder, report = context.checkpoint_dir, context.progress

    def named(step: Progress) -> None:
        assert report is not None
        report(dataclasses.replace(step, stage=f"{name} {step.stage}"))

    return dataclasses.replace(
        context,
        checkpoint_dir=None if folder is None else folder / name,
        progress=None if report is None else named,
    )
