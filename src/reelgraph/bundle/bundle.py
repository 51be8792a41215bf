"""The bundle: one folder with everything needed to recommend. JSON, safetensors and Parquet, no pickle.

``manifest.json`` names every other file with its size and SHA-256 and holds a digest of itself, so that any changed
byte is detected. A bundle is written under a temporary name and then renamed, so it is there completely or not at all.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph._util.atomic_files import atomic_write_folder, recover_folder
from reelgraph._util.json_values import finite
from reelgraph.bundle.contents import (
    NO_PEOPLE,
    KnownPeople,
    anonymous,
    bundle_fields,
    forgetting_of,
    read_files,
    read_forgetting,
    write_contents,
)
from reelgraph.bundle.fitted_data import fit_info, is_train_rating, ratings_of_known
from reelgraph.bundle.history_arrays import no_history
from reelgraph.bundle.hub import download_bundle, is_hub_address
from reelgraph.bundle.item_statistics import ItemStatistics
from reelgraph.bundle.manifest import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    file_entry,
    manifest_digest,
    manifest_text,
    read_manifest,
    require_bundle_path,
)
from reelgraph.bundle.plugin_scorers import Allowed, classes_named_in, manifest_entries, plugin_classes
from reelgraph.core import (
    BoolArray,
    Catalogue,
    Dataset,
    EvalReport,
    Feedback,
    FitResult,
    IdIndex,
    IntArray,
    Interactions,
    Matrix,
    PrecomputesItemVectors,
    RatingScale,
    Scorer,
    Split,
    liked_threshold,
)
from reelgraph.core.argument_checks import require_bundle_arguments, require_path
from reelgraph.core.display import Displayed, Table, counted
from reelgraph.core.errors import BundleError
from reelgraph.core.rating_scale import check_feedback


@dataclass(frozen=True, repr=False)
class Bundle(Displayed):
    """A fitted scorer with the ids, metadata and ratings needed to recommend with it.

    Args:
        scorer: the fitted model.
        users: known users.
        items: items that can be ranked.
        history: ``(n_users, n_items)`` CSR, stars: all ratings of the users, held-out ones included, so that nothing
            seen is recommended.
        catalogue: metadata, aligned with ``items``.
        scale: of the ratings; None exactly if the feedback is not explicit.
        info: JSON-serialisable: model, settings, seed, data hash, split, training, metrics, versions.
        times: ``(nnz,)`` int64 Unix seconds of the ratings, in the order of ``history.data``; None if not known.
        is_train: ``(nnz,)`` bool, which of the ratings the model was fitted on; None if not known. A person can be
            forgotten exactly only with ``times`` and ``is_train``.
        feedback: what a rating is: stars, a view or a count.
        statistics: how the items were rated, where the bundle was saved without people and ``history`` is empty.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """

    scorer: Scorer
    users: IdIndex
    items: IdIndex
    history: Matrix
    catalogue: Catalogue
    scale: RatingScale | None
    info: Mapping[str, Any]
    times: IntArray | None = None
    is_train: BoolArray | None = None
    feedback: Feedback = "explicit"
    statistics: ItemStatistics | None = None

    def __post_init__(self) -> None:
        check_feedback(self.feedback, self.scale)

    @property
    def has_people(self) -> bool:
        """False where the bundle was saved without users and their ratings."""
        return self.statistics is None

    @cached_property
    def item_statistics(self) -> ItemStatistics:
        """How the known users rated the items."""
        return self.statistics or ItemStatistics.of(self.history, self.is_train, liked_threshold(self.scale))

    @classmethod
    def create(
        cls,
        fit: FitResult,
        data: Dataset,
        split: Split,
        *,
        model: object | None = None,
        seed: int = 0,
        report: EvalReport | None = None,
        ratings: Interactions | None = None,
    ) -> Bundle:
        """A bundle of a fitted model and the data it was fitted on.

        Args:
            fit: the fit on ``split.train``.
            data: the cleaned data set that was split.
            split: gives the ids and rows.
            model: the hyper-parameters, a dataclass with a ``name``.
            seed: of the fit.
            report: measured quality, stored in ``info``.
            ratings: all ratings of ``data`` as `reelgraph.index` gave them for the split; those of ``data`` are not
                looked at then. They are indexed again when None.
        """
        require_bundle_arguments(fit, data, split)
        train = split.train
        n_ratings = len(data.ratings) if ratings is None else len(ratings)
        ratings = ratings_of_known(data, train) if ratings is None else ratings
        times = ratings.times()
        return cls(
            scorer=fit.scorer.with_item_vectors() if isinstance(fit.scorer, PrecomputesItemVectors) else fit.scorer,
            users=train.users,
            items=train.items,
            history=ratings.matrix(),
            catalogue=data.catalogue.aligned(train.items.ids),
            scale=train.scale,
            info=fit_info(fit, data, split, model, seed, report, n_ratings),
            times=None if times is None else times.data,
            is_train=is_train_rating(ratings, train),
            feedback=train.feedback,
        )

    def without_people(self) -> Bundle:
        """The bundle without users, their ratings and all that the model keeps by user, see :meth:`save`."""
        return dataclasses.replace(
            self,
            scorer=anonymous(self.scorer, len(self.users)),
            users=IdIndex(np.empty(0, np.int64), "user", NO_PEOPLE),
            history=no_history(len(self.items)),
            times=None,
            is_train=None,
            statistics=self.item_statistics.without_few(),
        )

    @property
    def n_added_items(self) -> int:
        """Number of items that were added after the fit (`updating.new_items`); they are the last ones."""
        return int(self.info.get("added_items", 0))

    def interactions(self) -> Interactions:
        """All ratings of the users, held-out ones included, in the order of ``history``."""
        history = self.history
        user_rows = np.repeat(np.arange(len(self.users), dtype=np.int32), np.diff(history.indptr))
        return Interactions(
            self.users, self.items, user_rows, history.indices, history.data, self.times, self.scale, self.feedback
        )

    def train_interactions(self) -> Interactions:
        """The ratings that the model was fitted on.

        Raises:
            BundleError: the bundle does not say which they are.
        """
        if self.is_train is None:
            raise BundleError("the bundle does not say which ratings the model was fitted on", "train it again")
        return self.interactions().take(self.is_train)

    def _display(self) -> Table:
        metrics = {name: f"{figures['mean']:.4f}" for name, figures in self.info.get("metrics", {}).items()}
        data = self.info.get("data", {}).get("name", "unknown data")
        title = (
            f"Bundle of {self.info.get('model', {}).get('name', self.scorer.kind)} on {data}: "
            f"{counted(len(self.users), 'user')}, {counted(len(self.items), 'item')}, "
            f"{counted(self.history.nnz, 'rating')}"
        )
        columns = {"metric": list(metrics), "mean": list(metrics.values())} if metrics else {}
        return Table(title, columns, self.info.get("protocol", ""))

    def save(self, path: str | Path, *, with_people: bool = True) -> Path:
        """Write the bundle to the folder ``path``, replacing a bundle that is there.

        Args:
            path: the folder.
            with_people: False to leave out the users, their ratings and all that the model keeps by user. What remains
                answers for people who are given by their ratings, not for known users; ``item_statistics`` remain, of
                movies with fewer than five ratings only their number.

        Returns:
            The folder.

        Raises:
            BundleError: the folder holds something that is not a bundle, or cannot be written, or :meth:`load` would
                refuse what is to be written; what was there stays.
        """
        require_path("Bundle.save", "path", path)
        path = require_bundle_path(path)
        if not with_people and self.has_people:
            return self.without_people().save(path)
        people = KnownPeople(self.users.ids, self.history, self.times, self.is_train)
        contents = write_contents(self.scorer, self.catalogue, people if self.has_people else self.item_statistics)
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "scorer": {"kind": self.scorer.kind, "settings": self.scorer.settings(), **manifest_entries(self.scorer)},
            "feedback": self.feedback,
            "scale": None if self.scale is None else dataclasses.asdict(self.scale),
            "info": finite(dict(self.info)),
            "files": {name: file_entry(content) for name, content in contents.items()},
        }
        try:
            manifest["digest"] = manifest_digest(manifest)
            contents[MANIFEST] = manifest_text(manifest).encode()
        except (TypeError, ValueError) as error:
            raise BundleError(f"{path} is not saved: its manifest cannot be written: {error}") from error
        try:
            classes, forgetting = plugin_classes(self.scorer), forgetting_of(self.scorer)
            bundle_fields(path, json.loads(contents[MANIFEST]), contents, forgetting, classes)
        except BundleError as error:
            raise BundleError(f"not saved, for it could not be loaded: {error.message}", error.hint) from None
        try:
            atomic_write_folder(path, contents)
        except OSError as error:
            raise BundleError(f"cannot write {path}: {error.strerror}", "what was there before is untouched") from error
        return path

    @classmethod
    def load(cls, path: str | Path, *, allow: Allowed | Sequence[Allowed] = ()) -> Bundle:
        """Read and verify a bundle.

        What only forgetting needs is not read but mapped from its file, and its hash is not compared here;
        `forget_in_bundle <reelgraph.unlearning.receipt.forget_in_bundle>` does so.

        No code is imported because a bundle names it. A scorer of another package is loaded only if an installed
        package registers it by an entry point, or if ``allow`` or `allow_scorers` names it.

        Args:
            path: the folder; or ``hf://owner/name`` or ``hf://owner/name@revision``, a bundle on the Hugging Face Hub.
            allow: scorers of other packages to load: classes, or ``package.module:Class``.

        Raises:
            BundleError: missing, damaged or foreign, or of a scorer that is not allowed; names the file and the reason.
            CapabilityError: an address of the Hub is given, and ``huggingface-hub`` is not installed.
        """
        require_path("Bundle.load", "path", path)
        path = download_bundle(str(path)) if is_hub_address(path) else Path(path)
        recover_folder(path)
        manifest = read_manifest(path)
        contents = read_files(path, manifest)
        scorer_classes = classes_named_in(path, manifest["scorer"], [allow] if isinstance(allow, type | str) else allow)
        return cls(**bundle_fields(path, manifest, contents, read_forgetting(path, manifest), scorer_classes))
