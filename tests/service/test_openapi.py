"""The description is true: routes are asked with all that it allows and forbids, and answers are what it promises."""

from __future__ import annotations

import pytest

from tests.service.conftest import Running


def test_no_route_answers_otherwise_than_described() -> None:
    pytest.importorskip("schemathesis")
    from benchmarks.service.fuzz import fuzz

    # Of the phases the one that draws nothing: each bound of each parameter, and what lies beyond it.
    code, made, told = fuzz(1, phases=("coverage",))
    assert code == 0, told
    assert made > 1_000


def test_the_reference_names_every_route_and_runs_nothing(module_service: Running) -> None:
    page = module_service.http.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, methods in module_service.http.get("/api/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"<h3>{method.upper()} {path}</h3>" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert module_service.http.get("/api/docs.css").headers["content-type"].startswith("text/css")


def test_search_by_words_of_the_title(module_service: Running) -> None:
    def found(query: str, **params: int) -> tuple[list[str], int, bool]:
        page = module_service.http.get("/api/items", params={"q": query, **params}).json()
        return [item["item_id"] for item in page["items"]], page["total"], page["near"]

    assert found("heat") == (["10", "60"], 2, False)  # the more rated one first
    assert found("HEAT 1986") == (["60"], 1, False)
    assert found("the mat") == (["20"], 1, False)
    assert found("matrix") == (["20"], 1, False)
    assert found("amelie") == (["40"], 1, False)
    assert found("七人") == (["80"], 1, False)
    assert found("trix") == ([], 0, True)  # no word begins so
    assert found("the matirx 1999") == (["20"], 1, True)
    assert found("", n=2, offset=1) == (["20", "30"], 8, False)


def test_similar_popular_and_card(module_service: Running) -> None:
    similar = module_service.http.get("/api/items/20/similar", params={"n": 3})
    assert module_service.list_of(similar) == ["10", "30", "40"]
    assert module_service.list_of(module_service.http.get("/api/popular", params={"n": 3})) == ["10", "20", "30"]
    card = module_service.http.get("/api/model").json()
    assert (card["scorer"], card["items"], card["users"], card["ratings"]) == ("low-rank-filter", 8, 3, 7)
    assert card["metrics"] == {"ndcg@10": {"mean": 0.5, "low": 0.4, "high": 0.6}}
    assert card["scale"] == {"low": 1.0, "high": 5.0, "step": 0.5}


def test_sessions_leave_nothing_behind(module_service: Running) -> None:
    asked = {"ratings": {"20": 5, "30": 5, "70": 5}}
    listed = module_service.http.post("/api/session/recommend", json={**asked, "n": 2})
    assert module_service.list_of(listed) == ["10", "50"]
    assert [line["score"] for line in listed.json()["items"]] == [8.0, 4.0]
    told = module_service.http.post("/api/session/explain", json={**asked, "item_id": "10"}).json()
    assert {one["item_id"]: one["share"] for one in told["reasons"]} == {"20": 4.0, "30": 4.0, "70": 0.0}
    changed = {"changes": {"mute": ["20", "30"]}}
    moved = module_service.http.post("/api/session/what-if", json={**asked, **changed, "n": 1}).json()
    assert [(one["item_id"], one["before"], one["after"]) for one in moved["moves"]] == [
        ("50", None, 1),
        ("10", 1, None),
    ]
    # 50 comes first once neither 20 nor 30 is heard.
    needed = module_service.http.post("/api/session/counterfactual", json={**asked, "item_id": "50", "n": 1}).json()
    assert (needed["rank"], needed["after"], len(needed["alterations"]), needed["smallest"]) == (2, 1, 2, True)
    people = {"people": {"Ann": {"20": 5}, "Bo": {"70": 5}}, "n": 2}
    shared = module_service.http.post("/api/session/together", json=people).json()
    assert [line["item_id"] for line in shared["items"]] == ["10", "50"]
    assert {one["name"] for one in shared["people"]} == {"Ann", "Bo"}
    questions = module_service.http.post("/api/session/questions", json={**asked, "not_seen": ["10"]})
    assert not {"10", "20", "30", "70"} & set(module_service.list_of(questions))
    assert module_service.store.counts().users == 0


def test_large_answers_are_packed_where_wanted(module_service: Running) -> None:
    packed, plain = (
        module_service.http.get("/api/openapi.json", headers={"Accept-Encoding": wanted})
        for wanted in ("gzip", "identity")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert 4 * packed.num_bytes_downloaded < plain.num_bytes_downloaded
