"""``reelgraph similar``: the movies most like one."""

from __future__ import annotations

from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.list_tables import Ids, ListAnswer
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.title_language import TitleLanguage, local_titles
from reelgraph.recommend import Recommender
from reelgraph.recommend.recommender import SimilarBy


def similar(
    bundle: BundlePath,
    item: Annotated[str, typer.Option("--item", metavar="ID_OR_TITLE", help="Item id, or title with its year.")],
    by: Annotated[
        SimilarBy, typer.Option("--by", help="viewers: what the same people like; story: overviews, keywords, genres.")
    ] = "viewers",
    language: TitleLanguage = None,
    k: Count = 10,
    ids: Ids = False,
    as_json: Json = False,
) -> None:
    """List the movies most like one.

    Examples:
      reelgraph similar out/sample --item "Toy Story (1995)"

      reelgraph similar out/enriched --item "Heat (1995)" --by story

      reelgraph similar out/sample --item 260 -k 5 --json
    """
    recommender = Recommender(Bundle.load(bundle))
    recommendations = recommender.similar(item, k, by=by)
    row = recommender.titles.find(item).row
    item_id, title = recommender.items.id(row), str(recommender.catalogue.title[row])
    local = local_titles(recommender, recommendations, language)
    head = {"like_item_id": item_id, "like_title": title}
    ListAnswer(recommendations, head, f"movies like {title}", local=local, with_ids=ids).print(as_json)
