"""What a type checker says of code that uses reelgraph; checked by ``make lint``, never run.

An expected error carries its code in a ``type: ignore``: mypy in strict mode reports an ignore that nothing needs.
"""

from typing import assert_type

import reelgraph as rg

rg.nonsense  # type: ignore[attr-defined]  # noqa: B018
rg.GraphFilter(ridge="x")  # type: ignore[arg-type]
rg.GraphFilter(rigde=1.0)  # type: ignore[call-arg]
rg.Blend(rankers=3)  # type: ignore[arg-type]
rg.BayesGCN(output="probit")  # type: ignore[arg-type]
rg.Hetero(dim=0.5)  # type: ignore[arg-type]
rg.LightGCN(loss="mse")  # type: ignore[arg-type]

assert_type(rg.GraphFilter().ridge, float)
data, report = rg.clean(rg.read("sample"))
assert_type(report, rg.CleanReport)
parts = rg.split(rg.index(data.ratings), rg.PerUser(valid=0.1, test=0.1), seed=0)
assert_type(parts, rg.Split)
fit = rg.GraphFilter().fit(parts.train)
assert_type(fit.scorer, rg.Scorer)
assert_type(rg.evaluate(fit.scorer, parts.test, k=10), rg.EvalReport)
recommender = rg.Recommender(rg.Bundle.create(fit, data, parts))
assert_type(recommender.recommend({1: 5.0}, 10), rg.Recommendations)
assert_type(recommender.explain({1: 5.0}, 2), rg.Explanation)
assert_type(rg.evaluate({"user": [1], "item": [2], "rank": [1]}, parts.test, k=[5, 10]), rg.EvalReport)
assert_type(recommender.recommend_all(10), rg.RecommendationTable)
assert_type(recommender.predict(1, [2, "Heat (1995)"]), rg.PredictedRatings)
assert_type(next(rg.KFold(5).splits(rg.index(data.ratings))), rg.Split)
