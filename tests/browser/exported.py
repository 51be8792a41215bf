"""Open an exported page from disk in Chromium with no network, and compare its answers with Python's."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import Scorer
from reelgraph.recommend import Recommender
from tests.browser.conftest import DEVICES, is_wrong


@dataclasses.dataclass
class OpenPage:
    """An exported page, and what it did that it must not do."""

    page: Any
    requests: list[str]
    wrong: list[str]

    def engine(self, call: str, *args: Any) -> Any:
        """The value of an expression, in which ``engine`` is the recommender of the page and ``a`` the arguments."""
        return self.page.evaluate(f"async (a) => {{ const {{ engine }} = reelgraph; return {call}; }}", list(args))


@contextlib.contextmanager
def opened(
    chromium: Any, path: Path, device: str = "desktop", scheme: str = "light", script: str = ""
) -> Iterator[OpenPage]:
    """The page of a file, without a network; at the end: no error, no refused content, and no request but the file.

    Args:
        chromium: the browser.
        path: of the page.
        device: one of `DEVICES`.
        scheme: light or dark.
        script: run before those of the page.
    """
    context = chromium.new_context(offline=True, color_scheme=scheme, reduced_motion="reduce", **DEVICES[device])
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(30_000)
    watched = OpenPage(page, [], [])
    page.on("console", lambda message: watched.wrong.append(message.text) if is_wrong(message) else None)
    page.on("pageerror", lambda error: watched.wrong.append(str(error)))
    page.on("request", lambda request: watched.requests.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield watched
    hacked = page.evaluate("window.hacked")
    context.close()
    assert hacked is None, "markup of a title ran"
    assert watched.wrong == []
    assert [url for url in watched.requests if not url.startswith("blob:")] == [path.as_uri()]


@dataclasses.dataclass(frozen=True)
class MadeUpPerson:
    """Ratings and films seen, by item row, and the time of each rating."""

    ratings: Mapping[int, float]
    seen: Sequence[int]
    times: Mapping[int, int]


def made_up_people(bundle: Bundle, n: int, seed: int = 0) -> list[MadeUpPerson]:
    """People with one to thirty ratings of films, well-known ones more often; every third has seen films, too.

    Every fifth has them all of one second, which tells no order.
    """
    draw = np.random.default_rng(seed)
    counts = bundle.item_statistics.counts + 1.0
    assert bundle.scale is not None
    levels = np.arange(bundle.scale.low, bundle.scale.high + 1e-9, bundle.scale.step or 1.0)
    people = []
    for person in range(n):
        n_seen = int(draw.integers(1, 4)) if person % 3 == 0 else 0
        n_rated = int(draw.integers(1, min(31, len(counts) // 2)))
        rows = draw.choice(len(counts), n_rated + n_seen, replace=False, p=counts / counts.sum()).tolist()
        ratings = {row: float(draw.choice(levels)) for row in rows[:n_rated]}
        pause = 0 if person % 5 == 0 else 1
        people.append(MadeUpPerson(ratings, rows[n_rated:], {row: 10**9 + n * pause for n, row in enumerate(rows)}))
    return people


_ASK = """(() => {
  const [people, order, k, explained] = a;
  return people.map(([ratings, seen, times]) => {
    const history = engine.history(new Map(ratings), seen, new Map(times));
    const { films, note } = engine.recommend(history, { order, k });
    const reasons = (note ? [] : films.slice(0, explained)).map(({ row }) => engine.explain(history, row, order));
    return { films, rows: history.rows, reasons };
  });
})()"""


def compare(
    watched: OpenPage,
    bundle: Bundle,
    scorer: Scorer,
    people: Sequence[MadeUpPerson],
    order: str,
    *,
    explained: int = 2,
    tolerance: float = 0.0,
) -> None:
    """The lists of the page are those of the scorer, and so are scores and reasons, up to a tolerance of the scores."""
    recommender = Recommender(dataclasses.replace(bundle, scorer=scorer))
    given = [[list(person.ratings.items()), list(person.seen), list(person.times.items())] for person in people]
    answers = watched.engine(_ASK, given, order, 10, explained)
    ids = bundle.items.ids.tolist()
    for person, answer in zip(people, answers, strict=True):
        ratings = {ids[row]: stars for row, stars in person.ratings.items()}
        seen = [ids[row] for row in person.seen]
        times = {ids[row]: time for row, time in person.times.items()}
        history = recommender.history_for(ratings, seen=seen, times=times)
        expected = recommender.recommend(history, 10, order=order)
        assert [ids[film["row"]] for film in answer["films"]] == [line.item_id for line in expected]
        found = np.array([film["score"] for film in answer["films"]], np.float32)
        assert np.abs(found - np.array([line.score for line in expected], np.float32)).max(initial=0.0) <= tolerance
        for film, reasons in zip(answer["films"], answer["reasons"], strict=False):
            explanation = recommender.explain(history, ids[film["row"]], order=order)
            share_of = {reason.item_id: reason.share for reason in explanation.reasons}
            assert {ids[row] for row in answer["rows"]} == share_of.keys()
            for row, share in zip(answer["rows"], reasons["shares"], strict=True):
                assert abs(share - share_of[ids[row]]) < 1e-12 + tolerance
            assert reasons["terms"].keys() == explanation.baseline_terms.keys()
            terms = explanation.baseline_terms.items()
            assert all(abs(reasons["terms"][name] - term) < 1e-9 + tolerance for name, term in terms)
            total = sum(reasons["shares"]) + sum(reasons["terms"].values())
            assert abs(total - film["score"]) < 1e-5 + 1e-7 * abs(film["score"])  # scores are in single precision
