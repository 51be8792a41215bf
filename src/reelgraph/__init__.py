"""reelgraph: a movie recommender built on graph neural networks.

The walk: `read`, `clean`, `index`, `split`, a model's ``fit``, `evaluate`, `Bundle`, `Recommender`.

Names are imported at their first use: ``import reelgraph`` is quick, and only what needs torch imports it.
"""

import logging
from typing import TYPE_CHECKING, Any

from reelgraph._util.lazy_exports import lazy_exports
from reelgraph._version import __version__ as __version__
from reelgraph.core import forked_process as _forked_process  # noqa: F401  (notes each fork from here on)

if TYPE_CHECKING:
    from reelgraph import plots
    from reelgraph.bundle import Bundle, allow_scorers
    from reelgraph.core import (
        Catalogue,
        CleanReport,
        Dataset,
        EvalPart,
        EvalReport,
        FitContext,
        FitResult,
        IdIndex,
        Interactions,
        Metric,
        Model,
        Profiles,
        RatingDistribution,
        Ratings,
        RatingScale,
        Recommendation,
        Recommendations,
        Scorer,
        Split,
    )
    from reelgraph.core.errors import (
        BundleError,
        CapabilityError,
        ConfigError,
        DataFormatError,
        InsufficientMemoryError,
        LeakError,
        PluginError,
        ReelgraphError,
        StoreError,
        TrainingError,
        UnknownIdError,
        WrongTypeError,
    )
    from reelgraph.data import (
        CleanRules,
        ColdItems,
        HeldOutUsers,
        KFold,
        LastN,
        LastVisits,
        LeaveLastOut,
        PerUser,
        PredefinedSplit,
        Random,
        Successive,
        Temporal,
        clean,
        describe,
        from_frame,
        get,
        index,
        read,
        read_catalogue,
        read_person,
        split,
        split_of_tables,
        write_ratings,
    )
    from reelgraph.evaluation import PROTOCOLS, evaluate, paired
    from reelgraph.graph import BipartiteGraph
    from reelgraph.importers import import_export
    from reelgraph.models import MODELS, model_class, model_names
    from reelgraph.models.baselines import Bias, Constant, Popularity, RecentPopularity
    from reelgraph.models.bayes_gcn.model import BayesGCN
    from reelgraph.models.blend import Blend
    from reelgraph.models.content_based import FeatureKNN, GenrePopularity
    from reelgraph.models.gcn.model import GCN
    from reelgraph.models.graph_filter.model import GraphFilter
    from reelgraph.models.hetero.model import Hetero
    from reelgraph.models.lightgcn.model import LightGCN
    from reelgraph.models.next_item.model import NextItem
    from reelgraph.recommend import (
        Changes,
        Compatibility,
        Counterfactual,
        Explanation,
        Filters,
        GroupList,
        ItemVectors,
        ParsedPhrase,
        Portrait,
        PredictedRating,
        PredictedRatings,
        Question,
        Reason,
        ReasonGroup,
        RecommendationTable,
        Recommender,
        RerankOptions,
        TasteGroup,
        TonightFilm,
        Traits,
        UnusualLove,
        WellKnownItem,
        WhatIf,
        compatibility,
        film_for_tonight,
        history_of_words,
        next_questions,
        parse_phrase,
        recommend_for_group,
        well_known_items,
    )
    from reelgraph.tuning import TuningResult, tune
    from reelgraph.unlearning.exact import forget
    from reelgraph.unlearning.receipt import forget_in_bundle
    from reelgraph.updating.new_items import with_new_items
    from reelgraph.updating.new_ratings import update
else:
    _load, __dir__ = lazy_exports(__name__, renamed={"Shipped": "PredefinedSplit", "Strong": "HeldOutUsers"})

    def __getattr__(name: str) -> Any:
        """Import ``name``; a model that needs torch says so where torch is not installed."""
        try:
            return _load(name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            from reelgraph.core.errors import CapabilityError

            raise CapabilityError.missing(f"reelgraph.{name}", "torch", extra="train") from None


logging.getLogger(__name__).addHandler(logging.NullHandler())  # whoever uses the library decides what to show

__all__ = [
    "GCN",
    "MODELS",
    "PROTOCOLS",
    "BayesGCN",
    "Bias",
    "BipartiteGraph",
    "Blend",
    "Bundle",
    "BundleError",
    "CapabilityError",
    "Catalogue",
    "Changes",
    "CleanReport",
    "CleanRules",
    "ColdItems",
    "Compatibility",
    "ConfigError",
    "Constant",
    "Counterfactual",
    "DataFormatError",
    "Dataset",
    "EvalPart",
    "EvalReport",
    "Explanation",
    "FeatureKNN",
    "Filters",
    "FitContext",
    "FitResult",
    "GenrePopularity",
    "GraphFilter",
    "GroupList",
    "HeldOutUsers",
    "Hetero",
    "IdIndex",
    "InsufficientMemoryError",
    "Interactions",
    "ItemVectors",
    "KFold",
    "LastN",
    "LastVisits",
    "LeakError",
    "LeaveLastOut",
    "LightGCN",
    "Metric",
    "Model",
    "NextItem",
    "ParsedPhrase",
    "PerUser",
    "PluginError",
    "Popularity",
    "Portrait",
    "PredefinedSplit",
    "PredictedRating",
    "PredictedRatings",
    "Profiles",
    "Question",
    "Random",
    "RatingDistribution",
    "RatingScale",
    "Ratings",
    "Reason",
    "ReasonGroup",
    "RecentPopularity",
    "Recommendation",
    "RecommendationTable",
    "Recommendations",
    "Recommender",
    "ReelgraphError",
    "RerankOptions",
    "Scorer",
    "Split",
    "StoreError",
    "Successive",
    "TasteGroup",
    "Temporal",
    "TonightFilm",
    "TrainingError",
    "Traits",
    "TuningResult",
    "UnknownIdError",
    "UnusualLove",
    "WellKnownItem",
    "WhatIf",
    "WrongTypeError",
    "allow_scorers",
    "clean",
    "compatibility",
    "describe",
    "evaluate",
    "film_for_tonight",
    "forget",
    "forget_in_bundle",
    "from_frame",
    "get",
    "history_of_words",
    "import_export",
    "index",
    "model_class",
    "model_names",
    "next_questions",
    "paired",
    "parse_phrase",
    "plots",
    "read",
    "read_catalogue",
    "read_person",
    "recommend_for_group",
    "split",
    "split_of_tables",
    "tune",
    "update",
    "well_known_items",
    "with_new_items",
    "write_ratings",
]
