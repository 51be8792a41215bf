"""What results look like when printed, in a notebook, and as data frames."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from reelgraph.core import (
    Catalogue,
    CleanReport,
    CleanStep,
    Dataset,
    EpochRecord,
    EvalReport,
    FitResult,
    Metric,
    Ratings,
    RatingScale,
    Recommendation,
    Recommendations,
    RowFault,
)
from reelgraph.core.display import Table, counted
from reelgraph.core.errors import CapabilityError
from reelgraph.data import PerUser, index, split
from reelgraph.scorers import PopularityScorer

SCALE = RatingScale(0.5, 5.0, 0.5)


def ratings(**changes: Any) -> Ratings:
    columns: dict[str, Any] = {
        "user_id": np.repeat(np.arange(1, 4), 4),
        "item_id": np.tile(np.arange(10, 14), 3),
        "rating": np.tile([4.0, 3.5, 5.0, 1.0], 3),
        "timestamp": np.arange(12) * 86_400 + 946_684_800,  # from 2000-01-01 on
    }
    return Ratings(**{**columns, "scale": SCALE, "source": "toy.csv", **changes})


def dataset(**changes: Any) -> Dataset:
    return Dataset("toy", ratings(**changes), Catalogue.from_ids(np.arange(10, 15)), None, "00")


def report() -> EvalReport:
    summary = {"ndcg@10": Metric(0.25, 0.2, 0.3), "coverage@10": Metric(0.5, 0.5, 0.5), "rmse": Metric(0.875, 0.8, 0.9)}
    return EvalReport({}, {}, summary, "toy protocol", 0)


def recommendations() -> Recommendations:
    return Recommendations(
        (
            Recommendation(10, "<b>Heat</b> (1995)", 0.75, 1, 1995, ("Crime",), 4.25, 3.5, 5.0, 0.8),
            Recommendation(11, "七人の侍 (1954)", 0.5, 2),
        ),
        "toy",
        "re-ranked",
    )


def test_dataset() -> None:
    assert repr(dataset()) == (
        "Dataset toy: 12 ratings by 3 users of 4 movies\n"
        "what       value\n"
        "stars      0.5 to 5 in steps of 0.5\n"
        "time       2000-01-01 to 2000-01-12\n"
        "catalogue  5 movies\n"
        "profiles   none\n"
        "source     toy.csv"
    )
    frame = dataset().to_polars()
    assert frame.columns == ["user_id", "item_id", "rating", "timestamp"]
    assert frame.row(4) == (2, 10, 4.0, 946_684_800 + 4 * 86_400)
    assert dataset(timestamp=None).to_polars().columns == ["user_id", "item_id", "rating"]


def test_dataset_with_impossible_times_and_faults() -> None:
    fault = RowFault(0, 1, "rating", "x", "not a number")
    text = repr(dataset(timestamp=np.full(12, 2**60), faults=(fault,)))
    assert "time        impossible, see clean\n" in text
    assert text.endswith("unreadable  1 fault in rows, see clean")
    assert "time       unknown\n" in repr(dataset(timestamp=None))


def test_arrays_are_never_printed_whole() -> None:
    interactions = index(ratings())
    parts = split(interactions, PerUser(valid=0.25, test=0.25), 0)
    assert repr(ratings()) == "Ratings from toy.csv: 12, stars on 0.5 to 5 in steps of 0.5"
    assert repr(dataset().catalogue) == "Catalogue of 5 movies, 0 with genres"
    assert repr(interactions) == "Interactions: 12 ratings of 4 items by 3 users"
    assert repr(interactions.users) == "IdIndex of 3 user ids"
    assert repr(parts.test) == "EvalPart: 3 ratings held back from 3 users"
    assert repr(parts).splitlines()[1:] == [
        "part   users  ratings",
        "train      3        6",
        "valid      3        3",
        "test       3        3",
    ]
    assert repr(parts).startswith("Split per-user, valid 0.25, test 0.25")
    assert parts.to_polars()["ratings"].to_list() == [6, 3, 3]


def test_clean_report() -> None:
    steps = (CleanStep("repeated rows", "dropped", 2, ("row 3", "row 5")), CleanStep("missing values", "dropped", 0))
    cleaned = CleanReport(10, 8, steps)
    assert repr(cleaned) == (
        "Cleaning: 10 rows in, 2 dropped, 8 rows out\n"
        "step            action   count  examples\n"
        "repeated rows   dropped      2  row 3, row 5\n"
        "missing values  dropped      0"
    )
    assert cleaned.to_polars().row(0) == ("repeated rows", "dropped", 2, ["row 3", "row 5"])


def test_fit_result_shows_the_last_epochs() -> None:
    history = tuple(EpochRecord(n, 1 / n, {"mse": 2 / n}, 0.5) for n in range(1, 13))
    fit = FitResult(PopularityScorer(np.ones(3)), history, 12, "all epochs done", 6.0)
    lines = repr(fit).splitlines()
    assert lines[0] == "FitResult: popularity scorer, 12 epochs, best epoch 12, 6.0 s"
    assert lines[1] == "epoch  train_loss     mse  seconds"
    assert lines[2] == "    3      0.3333  0.6667   0.5000"
    assert lines[-1] == "the last 10 epochs; all epochs done"
    assert len(lines) == 13
    assert fit.to_polars()["mse"].to_list() == [2 / n for n in range(1, 13)]
    closed_form = FitResult(PopularityScorer(np.ones(3)))
    assert repr(closed_form) == "FitResult: popularity scorer, 0.0 s\nclosed form"


def test_report_and_its_metrics_by_name() -> None:
    assert repr(report()) == (
        "EvalReport: means with 95 % intervals\n"
        "metric         mean     low    high\n"
        "ndcg@10      0.2500  0.2000  0.3000\n"
        "coverage@10  0.5000  0.5000  0.5000\n"
        "rmse         0.8750  0.8000  0.9000\n"
        "toy protocol"
    )
    assert report()["ndcg"] == report()["ndcg@10"] == Metric(0.25, 0.2, 0.3)
    assert report()["rmse"].mean == 0.875
    assert report().to_pandas()["mean"].tolist() == [0.25, 0.5, 0.875]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ndgc", "did you mean 'ndcg'\\?"),
        ("ndcg@20", "did you mean 'ndcg@10'\\?"),
        ("xyz", "; it holds ndcg@10,"),
    ],
)
def test_an_unknown_metric_is_a_key_error_with_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(KeyError, match=f"no metric '{name}' in the report.*{hint}"):
        report()[name]


def test_a_metric_at_two_lengths_is_asked_for_by_its_full_name() -> None:
    two = EvalReport({}, {}, {"ndcg@5": Metric(0.1, 0.1, 0.1), "ndcg@10": Metric(0.2, 0.2, 0.2)}, "", 0)
    with pytest.raises(KeyError, match="did you mean 'ndcg@5' or 'ndcg@10'"):
        two["ndcg"]
    assert two["ndcg@5"].mean == 0.1


def test_recommendations() -> None:
    assert repr(recommendations()) == (
        "Recommendations: 2 movies, ordered by toy\n"
        "rank  item_id  title                score  stars  80 % within  likes it\n"
        "   1       10  <b>Heat</b> (1995)  0.7500   4.25  3.5 to 5.0        80%\n"
        "   2       11  七人の侍 (1954)     0.5000\n"
        "re-ranked"
    )
    frame = recommendations().to_polars()
    assert frame.columns == [
        "item_id", "title", "score", "rank", "year", "genres", "stars", "low", "high", "liked", "new",
    ]  # fmt: skip
    assert frame["genres"].to_list() == [["Crime"], []]
    assert frame["stars"].to_list() == [4.25, None]
    assert recommendations().to_pandas()["rank"].tolist() == [1, 2]


def test_html_escapes_titles() -> None:
    html = recommendations()._repr_html_()
    assert "&lt;b&gt;Heat&lt;/b&gt; (1995)" in html
    assert "<b>Heat" not in html
    assert '<td style="text-align: right">4.25</td>' in html
    assert html.endswith("<p>re-ranked</p></div>")
    assert Table("<i>", {"<u>": ["<s>"]}, "<a>").to_html() == (
        "<div><p><b>&lt;i&gt;</b></p><table><thead><tr><th>&lt;u&gt;</th></tr></thead><tbody>"
        '<tr><td style="text-align: left">&lt;s&gt;</td></tr></tbody></table><p>&lt;a&gt;</p></div>'
    )


def test_a_long_table_is_one_screen() -> None:
    table = Table("Long", {"n": range(1000), "text": ["x" * 500] * 1000}, "word " * 100)
    lines = table.to_text().splitlines()
    assert len(lines) == 2 + 24 + 1 + 5
    assert max(map(len, lines)) <= 100
    assert lines[2] == f" 0  {'x' * 39}…"
    assert lines[26] == "and 976 more rows"
    assert table.to_html().count("<tr>") == 25


def test_no_line_break_or_escape_sequence_of_a_title_reaches_the_terminal() -> None:
    text = Table("a\x1b[31m", {"title": ["b\n\x07c", "[bold]d[/bold] :smile:"]}).to_text()
    assert text.splitlines() == ["a[31m", "title", "b c", "[bold]d[/bold] :smile:"]


def test_pandas_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(CapabilityError, match=r"to_pandas needs pandas \(pip install pandas\)"):
        report().to_pandas()
    assert isinstance(report().to_polars(), pl.DataFrame)


def test_what_is_counted_is_in_the_singular_for_one_alone() -> None:
    assert [counted(n, "movie") for n in (0, 1, 2, 2000)] == ["0 movies", "1 movie", "2 movies", "2,000 movies"]
    assert [counted(n, "new person") for n in (1, 2)] == ["1 new person", "2 new people"]
    assert [counted(n, "history") for n in (1, 2)] == ["1 history", "2 histories"]
    assert [counted(n, "rating is", "ratings are") for n in (1, 2)] == ["1 rating is", "2 ratings are"]
    assert [counted(n, "star") for n in (0.5, 1.0, 4.5, 5.0)] == ["0.5 stars", "1 star", "4.5 stars", "5 stars"]
