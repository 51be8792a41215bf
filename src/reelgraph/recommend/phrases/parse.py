"""Parse a phrase for a recommender."""

from __future__ import annotations

import numpy as np

from reelgraph.core import PredictsDistribution, PredictsRating
from reelgraph.core.argument_checks import require_type
from reelgraph.recommend.phrases.parsed import ParsedPhrase
from reelgraph.recommend.phrases.reader import read_phrase
from reelgraph.recommend.phrases.request import Abilities
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.scorer_inputs import learns_from_views
from reelgraph.recommend.weighted_history import WeightedHistory


def parse_phrase(
    recommender: Recommender,
    text: str,
    language: str = "en",
    *,
    history: WeightedHistory | None = None,
    watchlist: bool = False,
) -> ParsedPhrase:
    """What a phrase such as "90s thrillers like Heat, not too long" asks for, by rules.

    Words that nothing can be made of are reported, with the reason; nothing is left out in silence.

    Args:
        recommender: of the bundle; its catalogue has the genres, titles and people that a phrase can name.
        text: the phrase, of 300 letters at most.
        language: "en", "de", "es" or "fr"; English words are understood in all of them.
        history: of the person whom the list is for; None if any person is meant.
        watchlist: whether the person has a watchlist.

    Raises:
        ConfigError: the phrase is too long, or the language is unknown.

    Cost: O(words) after the first phrase.

    Examples:
        >>> import reelgraph as rg
        >>> frame = {"user": [1, 1, 2], "item": ["Heat (1995)", "Casino (1995)", "Heat (1995)"], "rating": [5, 4, 4]}
        >>> data = rg.from_frame(frame)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> recommender = rg.Recommender(rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split))
        >>> parsed = rg.parse_phrase(recommender, "like Heat, but purple")
        >>> [str(chip) for chip in parsed.understood], [words.words for words in parsed.not_understood]
        (["'like Heat': like Heat (1995)"], ['purple'])
    """
    require_type("parse_phrase", "recommender", recommender, Recommender)
    require_type("parse_phrase", "text", text, str)
    return read_phrase(text, recommender.names, _abilities(recommender, history, watchlist), language)


def _abilities(recommender: Recommender, history: WeightedHistory | None, watchlist: bool) -> Abilities:
    names, scorer = recommender.names, recommender.scorer
    spread = False
    if isinstance(scorer, PredictsRating) and isinstance(scorer, PredictsDistribution):
        spread = scorer.rate(recommender.rating_row({}), np.zeros(1, np.int64)).distribution is not None
    has_order = history is None or (history.order is not None and history.ratings.nnz > 0)
    return Abilities(
        minutes=names.has_minutes,
        years=names.last_year > 0,
        order=has_order and learns_from_views(scorer),
        spread=spread,
        watchlist=watchlist,
    )
