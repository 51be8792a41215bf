"""Posters, the map, the plots and the session, each by itself."""

from __future__ import annotations

import dataclasses
import tracemalloc
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingDistribution, RatingScale
from reelgraph.evaluation import reliability
from reelgraph.recommend import Recommender
from reelgraph.scorers import LowRankFilterScorer
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import resolve
from reelgraph.serve.web import charts, taste_map
from reelgraph.serve.web.messages import translator
from reelgraph.serve.web.posters.motifs import MOTIFS
from reelgraph.serve.web.posters.svg import poster_svg
from reelgraph.serve.web.session import VisitorSession
from reelgraph.store import PersonState, Rating

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("genre", [*MOTIFS, "Unheard of", ""])
def test_every_genre_has_a_picture_within_the_frame(genre: str) -> None:
    drawn = poster_svg("1", "Heat", 1995, (genre,) if genre else ())
    root = ET.fromstring(drawn)
    assert root.attrib["viewBox"] == "0 0 240 360"
    assert len(list(root)) > 6
    assert len(drawn) < 8000
    assert drawn == poster_svg("1", "Heat", 1995, (genre,) if genre else ())  # the same film, the same poster
    assert drawn != poster_svg("2", "Heat", 1995, (genre,) if genre else ())
    assert {"".join(text.itertext()) for text in ET.fromstring(drawn).iter(f"{SVG}text")} <= {"Heat", "HEAT", "1995"}


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=120))
def test_any_title_fits_on_its_poster(title: str) -> None:
    root = ET.fromstring(poster_svg("1", title, 0, ()))
    letters = [line for line in root.iter(f"{SVG}text") if "textLength" in line.attrib]
    assert len(letters) <= 3
    assert all(float(line.attrib["textLength"]) <= 240 - 2 * 18 + 1 for line in letters)
    if title.strip() and not any(line.text and "…" in line.text for line in letters):
        assert "".join("".join(line.text or "" for line in reversed(letters)).split()) == "".join(title.split())


def test_a_short_title_is_larger_than_a_long_one() -> None:
    sizes = [
        float(next(group for group in ET.fromstring(poster_svg("1", title, 0, ())).iter(f"{SVG}g")).attrib["font-size"])
        for title in ("M", "The Lord of the Rings: The Fellowship of the Ring")
    ]
    assert sizes[0] == 36
    assert sizes[1] < 30


def clusters(n_items: int = 60) -> LoadedBundle:
    """Movies of two tastes at right angles; even ones are of the first."""
    draw = np.random.default_rng(3)
    vectors = np.zeros((n_items, 4), np.float32)
    vectors[np.arange(n_items), np.arange(n_items) % 2] = 1.0
    vectors += draw.normal(0, 0.15, vectors.shape).astype(np.float32)
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.arange(n_items) + 1),
        title=np.array([f"Film {item}" for item in range(n_items)]),
        genres=tuple(("Sci-Fi",) if item % 2 == 0 else ("Romance",) for item in range(n_items)),
    )
    scorer = LowRankFilterScorer(vectors, vectors, np.zeros(n_items, np.float32), vectors, 0.0, 5.0)
    history = Matrix(draw.integers(1, 6, (8, n_items)).astype(np.float32))
    bundle = Bundle(
        scorer, IdIndex(np.arange(8), "user"), IdIndex(catalogue.item_id, "item"), history, catalogue,
        RatingScale(1.0, 5.0, 1.0), {},
    )  # fmt: skip
    return LoadedBundle(Recommender(bundle), "digest")


def test_the_map_puts_movies_of_one_taste_together() -> None:
    model = clusters()
    places = taste_map.map_layout(model)
    assert places is not None
    kind = places.rows % 2
    distances = np.linalg.norm(places.xy[:, None] - places.xy[None], axis=2) + 1e9 * np.eye(len(kind))
    assert (kind[np.argmin(distances, axis=1)] == kind).all()
    within, between = (distances[np.equal.outer(kind, kind) == same] for same in (True, False))
    assert np.median(within[within < 1e8]) < 0.6 * np.median(between)
    assert (places.xy.min(), places.xy.max()) >= (50.0, 0.0)
    assert places.xy.max() <= 950.0
    assert np.array_equal(places.xy, taste_map.map_layout(model).xy)  # type: ignore[union-attr]


def test_the_map_says_in_words_where_the_visitors_movies_lie() -> None:
    model = clusters()
    places = taste_map.map_layout(model)
    given_stars = {"1": Rating(5, 0), "3": Rating(4, 0), "2": Rating(1, 0)}  # rows 0 and 2 are of the first taste
    drawn = taste_map.taste_map(model, places, resolve(model, PersonState("guest", 0, given_stars)))
    assert drawn is not None
    assert {point.film.id: point.stars for point in drawn.mine} == {"1": 5, "3": 4, "2": 1}
    assert len(drawn.ids) == len(drawn.x) == len(drawn.genre) == 60
    groups = [(set(group.films), group.mean) for group in drawn.words]
    assert ({"Film 1"}, 1.0) in groups
    assert all(int(name.split()[1]) % 2 for group in drawn.words if group.mean == 1.0 for name in group.around)
    assert set(drawn.genres) == {"Sci-Fi", "Romance"}


def test_the_map_of_a_great_many_ratings_shows_the_strongest_and_stays_small() -> None:
    model = clusters(3000)
    places = taste_map.map_layout(model)
    # Of 2,500 ratings 100 are of one star; of the rest, which are four or five, four is nearer to the mean.
    given_stars = {str(item + 1): Rating(1 if item < 100 else 4 + item % 2, item) for item in range(2500)}
    tracemalloc.start()
    try:
        drawn = taste_map.taste_map(model, places, resolve(model, PersonState("guest", 0, given_stars)))
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20  # all pairs of them would take 100 MB
    finally:
        tracemalloc.stop()
    assert drawn is not None
    assert drawn.rated == 2500
    assert [point.film.id for point in drawn.mine[:100]] == [str(item) for item in range(100, 0, -1)]
    assert [point.film.id for point in drawn.mine[100:]] == [str(item) for item in range(2500, 2400, -2)]  # the latest
    assert sum(len(group.films) + group.more for group in drawn.words) <= 150
    assert max(len(group.films) for group in drawn.words) <= 4
    rated = {f"Film {item}" for item in range(2500)}
    assert not any(rated & set(group.around) for group in drawn.words)


def test_the_map_of_a_visitor_without_ratings_has_only_the_movies() -> None:
    model = clusters()
    drawn = taste_map.taste_map(model, taste_map.map_layout(model), resolve(model, None))
    assert drawn is not None
    assert (drawn.mine, drawn.words, drawn.rated, len(drawn.ids)) == ([], [], 0, 60)


def test_the_calibration_plot_shows_predicted_and_observed_shares() -> None:
    levels = np.array([1.0, 5.0])
    chance = np.repeat([0.25, 0.75], 40)
    true = np.concatenate([np.repeat([5.0, 1.0], [10, 30]), np.repeat([5.0, 1.0], [30, 10])])
    table = reliability(RatingDistribution(levels, np.stack([1 - chance, chance], axis=1)), true, 4.0)
    dots = list(ET.fromstring(charts.reliability_plot(table, 5.0, translator("en", True))).iter("circle"))
    assert [dot[0].text for dot in dots] == [
        "predicted 25%, observed 25%, 40 ratings",
        "predicted 75%, observed 75%, 40 ratings",
    ]
    first, second = (float(dot.attrib["cx"]) for dot in dots)
    assert (second - first) / (420 - 52 - 24) == pytest.approx(0.5, abs=0.001)


def test_the_popularity_plot_has_a_bar_for_each_tenth() -> None:
    bars = list(ET.fromstring(charts.popularity_plot([0.4, 0.1], [0.5, 0.0], translator("en", True))).iter("rect"))
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert [bar.attrib["class"] for bar in bars] == ["watched", "listed"] * 2
    assert heights == pytest.approx([0.8 * 240, 240, 0.2 * 240, 0], abs=0.11)


def test_a_session_is_hard_to_guess_and_its_ids_do_not_reveal_each_other() -> None:
    session, other_session = VisitorSession.new(), VisitorSession.new()
    assert len(session.secret) >= 43
    assert len({session.user_id, other_session.user_id, session.csrf_token, other_session.csrf_token}) == 4
    assert session.user_id == VisitorSession(session.secret).user_id
    assert (VisitorSession().user_id, VisitorSession().csrf_token) == (None, "first")


def test_a_bundle_was_trained_when_its_fit_ended_and_written_later() -> None:
    def times(created: str, training: dict[str, str]) -> tuple[float, float]:
        bundle = dataclasses.replace(clusters().bundle, info={"training": training})
        loaded = LoadedBundle(Recommender(bundle), "digest", created)
        return loaded.trained_seconds, loaded.created_seconds

    written = "1970-01-01T00:02:00+00:00"
    assert times(written, {"finished": "1970-01-01T00:01:00+00:00"}) == (60, 120)
    assert times(written, {}) == (120, 120)
    assert times("", {"finished": "yesterday"}) == (0, 0)
