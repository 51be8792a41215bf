import sys

import numpy as np
import pytest

from reelgraph import plots
from reelgraph.core import Catalogue, Dataset, EpochRecord, EvalReport, Interactions, Metric, Ratings
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.evaluation import Reliability
from reelgraph.graph import BipartiteGraph
from tests.conftest import STARS, make_interactions

pytest.importorskip("matplotlib", reason='matplotlib is not installed: pip install "reelgraph[plots]"')

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure


def dataset(stars: list[float]) -> Dataset:
    n = len(stars)
    ratings = Ratings(np.arange(n), np.arange(n), np.array(stars, np.float64), None, STARS, "by hand")
    return Dataset("by hand", ratings, Catalogue.from_ids(np.arange(n)), None, "")


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def legend(axes: Axes | Figure) -> list[str]:
    found = axes.get_legend() if isinstance(axes, Axes) else axes.legends[0]
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


# ------------------------------------------------------------------------------------ ratings and degrees


def test_bar_heights_are_the_counts_at_their_stars() -> None:
    (axes,) = plots.rating_histogram(dataset([1, 3, 3, 3, 4, 4, 5])).axes
    bars = axes.containers[0].patches
    assert [bar.get_height() for bar in bars] == [1, 0, 3, 2, 1]
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == pytest.approx([1, 2, 3, 4, 5])
    assert texts(axes) == ["14%", "<1%", "43%", "29%", "14%", "mean 3.29"]
    assert axes.get_title(loc="left") == "7 ratings"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("rating (stars)", "number of ratings")


def test_ratings_off_the_scale_are_left_out_and_said() -> None:
    (axes,) = plots.rating_histogram(dataset([5, 5, 0, 2.5, np.nan])).axes
    assert [bar.get_height() for bar in axes.containers[0].patches] == [0, 0, 0, 0, 2]
    assert axes.get_title(loc="left") == "2 ratings (3 off the scale not drawn)"
    with pytest.raises(ConfigError, match="no rating to draw"):
        plots.rating_histogram(dataset([np.nan]))


def test_points_lie_at_the_degrees(tiny: Interactions) -> None:
    # User degrees 2, 3, 2; item degrees 2, 3, 2, 0.
    users, movies = plots.degree_distributions(BipartiteGraph.build(tiny)).axes
    for axes in (users, movies):
        points = axes.lines[0]
        np.testing.assert_array_equal(points.get_xdata(), [2, 3])
        np.testing.assert_array_equal(points.get_ydata(), [3, 1])  # three have at least 2 ratings, one has 3
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert texts(axes) == ["median 2"]
    assert users.get_title(loc="left") == "3 users"
    assert movies.get_title(loc="left") == "3 movies (and 1 without a rating)"
    assert movies.get_ylabel() == "movies with at least as many"


def test_a_graph_without_edges_is_refused() -> None:
    graph = BipartiteGraph.build(make_interactions([(0, 0, 5)], 1, 1).take(np.array([], np.int64)))
    with pytest.raises(ConfigError, match="no edge to draw"):
        plots.degree_distributions(graph)


# ------------------------------------------------------------------------------------ training


def records(*rows: tuple[float, dict[str, float]]) -> list[EpochRecord]:
    return [EpochRecord(place + 1, loss, valid, 0.1) for place, (loss, valid) in enumerate(rows)]


def test_curves_go_through_the_records_and_ring_the_best_epoch() -> None:
    history = records(
        (1.0, {"mse": 0.9, "recall@10": 0.05}),
        (0.8, {"mse": 0.7, "recall@10": 0.04}),
        (0.6, {"mse": 0.8, "recall@10": 0}),
    )
    loss, recall = plots.training_curves(history, best_epoch=2).axes
    train, valid, ring = loss.lines
    np.testing.assert_array_equal(train.get_xydata(), [[1, 1.0], [2, 0.8], [3, 0.6]])
    np.testing.assert_array_equal(valid.get_xydata(), [[1, 0.9], [2, 0.7], [3, 0.8]])
    np.testing.assert_array_equal(ring.get_xydata(), [[2, 0.7]])
    assert legend(loss) == ["training", "validation", "best epoch (2): 0.700"]
    np.testing.assert_array_equal(recall.lines[0].get_xydata(), [[1, 0.05], [2, 0.04], [3, 0]])
    assert legend(recall) == ["validation", "same epoch: 0.040"]
    assert loss.get_ylabel() == "stars² (lower is better)"
    assert recall.get_title(loc="left") == "Validation recall@10"


def test_without_validation_there_is_one_panel_and_one_curve() -> None:
    (axes,) = plots.training_curves(records((1.0, {}), (0.5, {})), best_epoch=2).axes
    assert legend(axes) == ["training"]


def test_a_closed_form_has_no_curves() -> None:
    with pytest.raises(ConfigError, match="no epoch to draw"):
        plots.training_curves(())


# ------------------------------------------------------------------------------------ metrics


def report(**summary: Metric) -> EvalReport:
    return EvalReport({}, {}, {name.replace("_at_", "@"): metric for name, metric in summary.items()}, "by hand", 0)


REPORTS = {
    "popularity": report(ndcg_at_10=Metric(0.12, 0.10, 0.13)),
    "gcn": report(mse=Metric(0.74, 0.69, 0.80), ndcg_at_10=Metric(0.05, 0.04, 0.06)),
}


def test_intervals_end_at_low_and_high_around_the_mean() -> None:
    mse, ndcg = plots.metric_intervals(REPORTS, ["mse", "ndcg@10"]).axes
    intervals = [segment[:, 0].tolist() for bar in ndcg.collections for segment in bar.get_segments()]
    assert intervals == [[0.10, 0.13], [0.04, 0.06]]
    assert [line.get_xydata().tolist() for line in ndcg.lines] == [[[0.12, 0]], [[0.05, 1]]]
    assert texts(ndcg) == ["0.120", "0.050"]
    assert [label.get_text() for label in mse.get_yticklabels()] == ["popularity", "gcn"]
    assert texts(mse) == ["not measured", "0.740"]
    assert len(mse.collections) == 1
    assert (mse.get_xlabel(), ndcg.get_xlabel()) == ("stars², lower is better", "0 to 1, higher is better")
    assert mse.get_ylim()[0] > mse.get_ylim()[1], "the first model is on top"


def test_all_metrics_of_the_first_report_are_drawn_when_none_is_named() -> None:
    assert [axes.get_title(loc="left") for axes in plots.metric_intervals(REPORTS).axes] == ["ndcg@10"]


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'ndcg@10'"):
        plots.metric_intervals(REPORTS, ["ndgc@10"])
    with pytest.raises(ConfigError, match="no report"):
        plots.metric_intervals({})
    with pytest.raises(ConfigError, match="no metric"):
        plots.metric_intervals(REPORTS, [])


def test_a_share_of_covered_ratings_is_neither_better_higher_nor_lower() -> None:
    one = {"bayes": report(coverage_80=Metric(0.81, 0.80, 0.82), log_loss=Metric(1.2, 1.1, 1.3))}
    labels = [axes.get_xlabel() for axes in plots.metric_intervals(one).axes]
    assert labels == ["0 to 1, best at 0.80", "nats, lower is better"]


# ------------------------------------------------------------------------------------ calibration


NAN = np.nan
TABLE = Reliability(
    4.0,
    np.linspace(0, 1, 4),
    np.array([0.2, NAN, 0.9]),
    np.array([0.25, NAN, 0.8]),
    np.array([1200, 0, 300]),
    np.array([0.22, NAN, 0.75]),
    np.array([0.28, NAN, 0.85]),
)


def test_points_of_the_reliability_diagram_lie_at_what_was_said_and_what_came() -> None:
    top, bottom = plots.reliability(TABLE).axes
    diagonal, points = top.lines
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert points.get_xydata().tolist() == [[0.2, 0.25], [0.9, 0.8]]  # none for the empty bin
    (bars,) = top.collections
    assert [segment.tolist() for segment in bars.get_segments()] == [
        [[0.2, 0.22], [0.2, 0.28]],
        [[0.9, 0.75], [0.9, 0.85]],
    ]
    assert [bar.get_height() for bar in bottom.patches] == [1200, 0, 300]
    assert [bar.get_x() + bar.get_width() / 2 for bar in bottom.patches] == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert top.get_xlim() == bottom.get_xlim()
    assert top.get_title(loc="left") == "4 stars or more, 1,500 ratings"
    assert legend(top) == ["perfectly calibrated", "95 % interval", "share observed"]


def test_bars_of_the_pit_are_the_shares_around_an_even_line() -> None:
    (axes,) = plots.pit_histogram(np.array([0.4, 0.1, 0.2, 0.3])).axes
    assert [bar.get_height() for bar in axes.patches] == [0.4, 0.1, 0.2, 0.3]
    assert [bar.get_x() + bar.get_width() / 2 for bar in axes.patches] == pytest.approx([0.125, 0.375, 0.625, 0.875])
    assert set(axes.lines[0].get_ydata()) == {0.25}


def test_no_rating_no_calibration() -> None:
    nothing = np.full(1, NAN)
    empty = Reliability(
        4.0, np.array([0.0, 1.0]), *(nothing.copy() for _ in range(2)), np.zeros(1, np.int64), nothing, nothing
    )
    with pytest.raises(ConfigError, match="no rating to draw"):
        plots.reliability(empty)
    with pytest.raises(ConfigError, match="no share to draw"):
        plots.pit_histogram(np.zeros(0))


# ------------------------------------------------------------------------------------ the map

GENRES = (("Drama",), ("Drama", "War"), ("Comedy", "Drama"), ("Comedy",), ("Drama",), ("Western",), ("Drama",))
TITLES = (
    "Matrix, The (1999)",
    "Alien (1979)",
    "Usual Suspects, The (1995)",
    "Very Long Title That Goes On and On & On (2001)",
    "Lord of the Rings: The Two Towers, The (2002)",
    "Lone (1962)",
    "Seen by Few (1999)",
)


def seven_movies() -> tuple[np.ndarray, Catalogue, np.ndarray]:
    bare = Catalogue.from_ids(np.arange(7))
    catalogue = Catalogue(
        bare.item_id, np.array(TITLES), bare.year, GENRES, bare.tags, bare.people, bare.imdb_id, bare.tmdb_id
    )
    vectors = np.random.default_rng(3).normal(size=(7, 4))
    return vectors, catalogue, np.array([90, 80, 70, 60, 50, 40, 3])


def points(axes: Axes) -> dict[str, np.ndarray]:
    return {str(cloud.get_label()): np.asarray(cloud.get_offsets()) for cloud in axes.collections}


def test_movies_are_coloured_by_their_rarest_genre_of_the_legend() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    figure = plots.embedding_map(*seven_movies(), least=20, genres=("Drama", "Comedy"), layout="pca")
    (axes,) = figure.axes
    found = points(axes)
    # War is not asked for; Comedy (2 movies) is rarer than Drama (4); the western is of no genre of the legend.
    assert {genre: len(places) for genre, places in found.items()} == {"other": 1, "Drama": 3, "Comedy": 2}
    assert legend(figure) == ["Drama", "Comedy", "other"]
    assert axes.get_title(loc="left") == "6 movies with 20 ratings or more, placed by their embeddings"
    assert axes.get_xlabel().startswith("first principal component (")
    clouds = {cloud.get_label(): cloud for cloud in axes.collections}
    assert [to_hex(clouds[genre].get_facecolor()[0]) for genre in ("Drama", "Comedy")] == ["#0072b2", "#e69f00"]
    np.testing.assert_array_less(clouds["Comedy"].get_sizes()[1], clouds["Comedy"].get_sizes()[0])  # 60 and 70 ratings


def test_pca_places_are_those_of_the_directions_from_the_mean() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    vectors, catalogue, ratings = seven_movies()
    (axes,) = plots.embedding_map(vectors, catalogue, ratings, least=20, layout="pca").axes
    own = (vectors - ratings @ vectors / ratings.sum())[:6]
    unit = own / np.linalg.norm(own, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    expected = centred @ np.linalg.svd(centred)[2][:2].T  # up to the sign of each axis
    drawn = np.concatenate(list(points(axes).values()))
    order = np.lexsort(np.abs(drawn).T), np.lexsort(np.abs(expected).T)
    np.testing.assert_allclose(np.abs(drawn)[order[0]], np.abs(expected)[order[1]], atol=1e-9)


def test_titles_stand_beside_their_points_and_cover_no_other() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    figure = plots.embedding_map(*seven_movies(), least=20, labels=6, layout="pca")
    (axes,) = figure.axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.draw_without_rendering()
    boxes = [text.get_window_extent(FigureCanvasAgg(figure).get_renderer()) for text in axes.texts]
    assert set(texts(axes)) <= {
        "The Matrix", "Alien", "The Usual Suspects", "Very Long Title That Goes On…", "The Lord of the Rings", "Lone"
    }  # fmt: skip
    assert len(boxes) >= 4
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    drawn = {tuple(place) for cloud in points(axes).values() for place in cloud}
    assert {tuple(text.xy) for text in axes.texts} <= drawn


def test_tsne_puts_like_with_like_and_is_seeded() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    draw = np.random.default_rng(5)
    side = np.repeat([0, 1], 20)
    vectors = np.eye(8)[side * 4] + 0.05 * draw.normal(size=(40, 8))
    bare = Catalogue.from_ids(np.arange(40))
    genres = tuple(("Drama",) if one else ("Comedy",) for one in side)
    catalogue = Catalogue(
        bare.item_id, bare.title, bare.year, genres, bare.tags, bare.people, bare.imdb_id, bare.tmdb_id
    )
    first, second = (
        points(plots.embedding_map(vectors, catalogue, np.full(40, 30), labels=0).axes[0]) for _ in range(2)
    )
    np.testing.assert_array_equal(first["Drama"], second["Drama"])
    between = np.linalg.norm(first["Drama"].mean(axis=0) - first["Comedy"].mean(axis=0))
    within = max(np.linalg.norm(one - one.mean(axis=0), axis=1).max() for one in (first["Drama"], first["Comedy"]))
    assert between > 2 * within


def test_what_cannot_be_drawn_is_refused() -> None:
    vectors, catalogue, ratings = seven_movies()
    with pytest.raises(ConfigError, match="2 movies have 80 ratings or more, at least 3"):
        plots.embedding_map(vectors, catalogue, ratings, least=80)
    with pytest.raises(ConfigError, match="6 vectors, 7 movies and 7 counts"):
        plots.embedding_map(vectors[:6], catalogue, ratings)
    with pytest.raises(ConfigError, match="at most 7"):
        plots.embedding_map(vectors, catalogue, ratings, genres=tuple("abcdefgh"))


# ------------------------------------------------------------------------------------ looks


@pytest.mark.parametrize(("theme", "paper"), [("light", "#ffffff"), ("dark", "#12161c")])
def test_the_theme_colours_the_paper(theme: plots.ThemeName, paper: str) -> None:
    figure = plots.rating_histogram(dataset([1, 2]), theme=theme)
    assert to_hex(figure.get_facecolor()) == to_hex(figure.axes[0].get_facecolor()) == paper


def test_no_global_state_is_touched(tiny: Interactions) -> None:
    before = set(sys.modules)
    figure = plots.degree_distributions(BipartiteGraph.build(tiny))
    assert isinstance(figure, Figure)
    assert "matplotlib.pyplot" not in set(sys.modules) - before


@pytest.mark.parametrize(
    ("module", "what"), [("matplotlib.figure", "matplotlib"), ("sklearn.manifold", "scikit-learn")]
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, module: str, what: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CapabilityError, match=what) as caught:
        plots.embedding_map(*seven_movies())
    assert 'pip install "reelgraph[plots]"' in str(caught.value)


# ------------------------------------------------------------------------------------ tuning


@pytest.mark.parametrize(
    ("metric", "best", "label"),
    [
        ("rmse", [0.9, 0.9, 0.8, 0.8], "stars (lower is better)"),
        ("ndcg@10", [0.9, 0.95, 0.95, 0.95], "ndcg@10 (higher is better)"),
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tuning_history_has_the_trials_and_the_best_so_far(
    theme: plots.ThemeName, metric: str, best: list[float], label: str
) -> None:
    (axes,) = plots.tuning_history([None, 0.9, 0.95, 0.8, None], metric, theme=theme).axes
    trials, line, missing = axes.get_lines()
    assert trials.get_xydata().tolist() == [[2, 0.9], [3, 0.95], [4, 0.8]]
    assert line.get_xydata().tolist() == [[place, value] for place, value in zip([2, 3, 4, 5], best, strict=True)]
    assert line.get_drawstyle() == "steps-post"
    assert missing.get_xdata().tolist() == [1, 5]
    assert legend(axes) == ["trial", f"best so far: {best[-1]:.4f}", "pruned or failed"]
    assert axes.get_title(loc="left") == f"Validation {metric}"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trial", label)


def test_tuning_history_without_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="no complete trial"):
        plots.tuning_history([None], "rmse")
