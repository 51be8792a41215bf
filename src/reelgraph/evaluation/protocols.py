"""Named protocols: a data set, a way to split it and the metrics to show, fixed so that numbers can be compared.

Each number a protocol gives comes with its text: what is masked, what is folded in, what the seed draws and where
choices are made. Everything is chosen on validation; the test is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reelgraph.core.errors import ConfigError
from reelgraph.data import (
    ColdItems,
    HeldOutUsers,
    KFold,
    LastN,
    LeaveLastOut,
    PerUser,
    Random,
    Splitter,
    Successive,
    Temporal,
)
from reelgraph.data.splitting.last_ratings import OrderOfTies
from reelgraph.evaluation.metric_names import DISTRIBUTION, LEVELS, RANKING
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.protocol import Protocol, ShippedFold
from reelgraph.evaluation.published_splits import ninety_ten_split, source_split

_STARS = ("rmse", "mse", "mae", *DISTRIBUTION, *LEVELS)
_LISTS = ("ndcg", "recall", "precision")


def _always(splitter: Splitter) -> Callable[[int], Splitter]:
    return lambda n_ratings: splitter


_TRAIN_ONLY = "fit and folded in: train only; never ranked: train and, at test, validation"
_IN_ORDER = (
    "equal times in the order of the data; fit: train only; folded in and never ranked: all before a person's test"
)
_CHOSEN = "all choices on validation"
_NEXT = ("ndcg", "hit", "mrr", *(name for name in RANKING if name not in ("ndcg", "hit", "mrr")), *OF_GENRES)


def _cold_items(name: str, splitter: ColdItems, tags_text: str) -> Protocol:
    return Protocol(
        name,
        "ml-1m",
        None,
        _always(splitter),
        "10 % of the movies with at least 5 ratings, drawn by seed, have no rating in train, another 10 % for "
        f"validation; {_TRAIN_ONLY}; held-out movies ranked for each user with a rating >= 4 among them; stars: all "
        f"ratings of the held-out movies; {tags_text}; {_CHOSEN}",
        metrics=(*_LISTS, *_STARS),
        relevant_from=4.0,
    )


def _last_n(n: int) -> Protocol:
    return Protocol(
        "last-n",
        "ml-1m",
        None,
        _always(LastN(n)),
        f"the last {n} ratings of each person are the test, the {n} before them validation, the earlier ones train; "
        f"{_IN_ORDER}; {_CHOSEN}",
    )


def _next_loo(name: str, ties: OrderOfTies, text: str) -> Protocol:
    return Protocol(
        name,
        "ml-1m",
        None,
        _always(LeaveLastOut(ties)),
        f"each person's last rating is the test, the one before it validation, the earlier ones train; {text}; fit: "
        f"train only; folded in, in their order, and never ranked: all before a person's test; {_CHOSEN}; people are "
        "cut at different times, so train has ratings that are younger than another person's test",
        metrics=_NEXT,
    )


def _temporal(percent: int | None = None) -> Protocol:
    if percent is None:
        splitter, text = (
            Temporal(train=0.8, valid=0.1),
            "80 % of the ratings train, the next 10 % validation, the last 10 % test",
        )
    else:
        end = 0.8 * percent / 100
        splitter = Temporal(train=end * 8 / 9, valid=end / 9, until=0.8)
        text = (
            f"within the first 80 % of the ratings, the train part of temporal: of the {percent} % before the cut "
            "eight ninths train and one ninth validation, what is after it test"
        )
    return Protocol(
        "temporal" if percent is None else f"temporal:{percent}",
        "ml-1m",
        None,
        _always(splitter),
        f"one cut in time for all: {text} (the seed draws no part of it); people with a rating before the cut; fit: "
        f"train only; folded in and never ranked: all before the cut, at test the validation stretch too; {_CHOSEN}, "
        "which is another task than the test where it spans another time: on ml-1m 27 days with a median of 11 targets "
        "a person, the test 791 days with 38",
        first_days=30,
    )


def _k_fold(k: int) -> Protocol:
    return Protocol(
        "k-fold",
        "ml-1m",
        None,
        _always(KFold(k, valid=0.1)),
        f"{k} folds of all ratings, drawn by seed, each the test once; 10 % of the others for validation; "
        f"{_TRAIN_ONLY}; {_CHOSEN}; a person's figures are means over the folds",
        folds=k,
    )


_ALL = (
    Protocol(
        "source-literal",
        "ml-latest-small",
        100_836,
        source_split,
        "ratings >= 4 in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); {_TRAIN_ONLY}; {_CHOSEN}; cannot tell good from bad, for every "
        "rating left is high",
        min_rating=4.0,
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae"),
        k=20,
    ),
    Protocol(
        "source-honest",
        "ml-latest-small",
        100_836,
        source_split,
        "all ratings in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); graph from train only; {_TRAIN_ONLY}; {_CHOSEN}",
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae", *DISTRIBUTION, *_LISTS),
    ),
    *(
        Protocol(
            f"ml-100k-{fold}",
            "ml-100k",
            100_000,
            ShippedFold(fold, valid=0.05),
            f"shipped {fold}.base and {fold}.test; 5 % of {fold}.base, drawn by seed, for validation; {_TRAIN_ONLY}; "
            f"predictions clipped to 1..5; {_CHOSEN}",
            metrics=(*_STARS, *_LISTS),
        )
        for fold in ("u1", "u2", "u3", "u4", "u5")
    ),
    Protocol(
        "ml-1m-90-10",
        "ml-1m",
        1_000_209,
        ninety_ten_split,
        "rows of ratings.dat shuffled by numpy RandomState(0), the first n // 10 + 1 are the test; 2 % of the rest, "
        f"drawn by seed, for validation; {_TRAIN_ONLY}; predictions clipped to 1..5; {_CHOSEN}",
        metrics=(*_STARS, *_LISTS),
    ),
    Protocol(
        "recbole-ml-1m",
        "ml-1m",
        1_000_209,
        _always(PerUser(valid=0.1, test=0.1)),
        "ratings >= 3, no k-core, 8:1:1 of each user's ratings at random by seed, validation and test each "
        f"max(1, int(0.1 n)); {_TRAIN_ONLY}; {_CHOSEN}",
        min_rating=3.0,
        metrics=RANKING + OF_GENRES,
        seeds=3,
    ),
    _temporal(),
    Protocol(
        "strong",
        "ml-1m",
        None,
        _always(HeldOutUsers(valid_users=0.1, test_users=0.1, fold_in=0.8)),
        "10 % of the users, drawn by seed, held out whole for validation and 10 % for test; 80 % of a held-out user's "
        f"ratings, drawn by seed, are folded in and never ranked, 20 % are the target; {_CHOSEN}",
    ),
    _cold_items("cold-items", ColdItems(share=0.1, min_ratings=5), "tags that people gave held-out movies stay known"),
    _cold_items("cold-items-untagged", ColdItems(share=0.1, min_ratings=5, tags=False), "their tags are hidden"),
    Protocol(
        "per-user",
        "ml-1m",
        None,
        _always(PerUser(valid=0.1, test=0.1)),
        "8:1:1 of each user's ratings at random by seed, validation and test each max(1, int(0.1 n)); "
        f"{_TRAIN_ONLY}; {_CHOSEN}",
    ),
    Protocol(
        "random",
        "ml-1m",
        None,
        _always(Random(valid=0.1, test=0.1)),
        f"8:1:1 of all ratings at random by seed, whatever their user; {_TRAIN_ONLY}; {_CHOSEN}",
    ),
    Protocol(
        "leave-last-out",
        "ml-1m",
        None,
        _always(LeaveLastOut()),
        "each person's last rating is the test, the one before it validation, the earlier ones train; "
        f"{_IN_ORDER}; {_CHOSEN}",
    ),
    _next_loo("next-loo", "data", "equal times in the order of the data"),
    _next_loo(
        "next-loo-random",
        "random",
        "equal times in an order drawn by seed, in train, in the histories and in which rating is the last",
    ),
    Protocol(
        "next",
        "ml-1m",
        None,
        _always(Successive(train=0.8, valid=0.1)),
        "the cuts in time of temporal; every rating after the cut is a target of its own, one after the other, equal "
        "times in the order of the data, of people with a rating before the cut; fit: train only, and nothing is "
        "learnt after the cut; folded in, in their order, and never ranked: all earlier ratings of the person, those "
        f"after the cut too; {_CHOSEN}, on at most 5,000 targets of it, drawn by seed; means over ratings, as in "
        "published tables, so people who rate much count more; intervals over people",
        metrics=_NEXT,
    ),
    _last_n(5),
    _k_fold(5),
)
_WITH_NUMBER: Mapping[str, Callable[[int], Protocol]] = {"last-n": _last_n, "k-fold": _k_fold, "temporal": _temporal}
_NUMBERS = {"last-n": (1, 1_000_000), "k-fold": (2, 1_000_000), "temporal": (1, 99)}  # the least and the greatest
_MOST_DIGITS = 9

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}


def protocol_named(name: str) -> Protocol:
    """The protocol of a name, or of a name and a number.

    ``last-n:3`` holds back three ratings of each person, ``k-fold:10`` makes ten folds, and ``temporal:70`` cuts the
    train part of ``temporal`` at 70 % of its ratings.

    Args:
        name: one of `PROTOCOLS`, with a number for those that take one.

    Raises:
        ConfigError: the name is unknown, takes no number, or the number is too small or too large.
    """
    base, colon, number = name.partition(":")
    if base not in PROTOCOLS:
        raise ConfigError.unknown(name, PROTOCOLS, "protocol")
    if not colon:
        return PROTOCOLS[base]
    if base not in _WITH_NUMBER or not number.isdecimal():
        raise ConfigError(name, f"expected NAME, or NAME:NUMBER of {', '.join(_WITH_NUMBER)}")
    low, high = _NUMBERS[base]
    if len(number) > _MOST_DIGITS or not low <= int(number) <= high:
        raise ConfigError(name, f"expected a number from {low} to {high:,}")
    return _WITH_NUMBER[base](int(number))
