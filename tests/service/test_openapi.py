"""Requests that the OpenAPI description allows and forbids, and responses as it describes them."""

from __future__ import annotations

import pytest

from tests.service.conftest import Running


def test_every_route_answers_as_described() -> None:
    pytest.importorskip("schemathesis")
    from benchmarks.service.fuzz import fuzz

    # Of the phases the one that draws nothing: each bound of each parameter, and what lies beyond it.
    code, n_requests, report = fuzz(1, phases=("coverage",))
    assert code == 0, report
    assert n_requests > 1_000


def test_the_docs_page_has_every_route_and_no_script(module_service: Running) -> None:
    page = module_service.http.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, methods in module_service.http.get("/api/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"<h3>{method.upper()} {path}</h3>" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert module_service.http.get("/api/docs.css").headers["content-type"].startswith("text/css")


def test_search_by_words_of_the_title(module_service: Running) -> None:
    def search(query: str, **params: int) -> tuple[list[str], int, bool]:
        page = module_service.http.get("/api/items", params={"q": query, **params}).json()
        return [item["item_id"] for item in page["items"]], page["total"], page["near"]

    assert search("heat") == (["10", "60"], 2, False)  # the more rated one first
    assert search("HEAT 1986") == (["60"], 1, False)
    assert search("the mat") == (["20"], 1, False)
    assert search("matrix") == (["20"], 1, False)
    assert search("amelie") == (["40"], 1, False)
    assert search("七人") == (["80"], 1, False)
    assert search("trix") == ([], 0, True)  # no word begins so
    assert search("the matirx 1999") == (["20"], 1, True)
    assert search("matrix, the (1999)") == (["20"], 1, False)
    assert search("matrxi") == (["20"], 1, True)
    assert search("", n=2, offset=1) == (["20", "30"], 8, False)


def test_similar_popular_and_card(module_service: Running) -> None:
    similar = module_service.http.get("/api/items/20/similar", params={"n": 3})
    assert module_service.list_of(similar) == ["10", "30", "40"]
    assert module_service.list_of(module_service.http.get("/api/popular", params={"n": 3})) == ["10", "20", "30"]
    card = module_service.http.get("/api/model").json()
    assert (card["scorer"], card["items"], card["users"], card["ratings"]) == ("low-rank-filter", 8, 3, 7)
    assert card["metrics"] == {"ndcg@10": {"mean": 0.5, "low": 0.4, "high": 0.6}}
    assert card["scale"] == {"low": 1.0, "high": 5.0, "step": 0.5}


def test_sessions_leave_nothing_behind(module_service: Running) -> None:
    ratings = {"ratings": {"20": 5, "30": 5, "70": 5}}
    listed = module_service.http.post("/api/session/recommend", json={**ratings, "n": 2})
    assert module_service.list_of(listed) == ["10", "50"]
    assert [line["score"] for line in listed.json()["items"]] == [8.0, 4.0]
    explanation = module_service.http.post("/api/session/explain", json={**ratings, "item_id": "10"}).json()
    assert {reason["item_id"]: reason["share"] for reason in explanation["reasons"]} == {
        "20": 4.0,
        "30": 4.0,
        "70": 0.0,
    }
    changed = {"changes": {"mute": ["20", "30"]}}
    moved = module_service.http.post("/api/session/what-if", json={**ratings, **changed, "n": 1}).json()
    assert [(move["item_id"], move["before"], move["after"]) for move in moved["moves"]] == [
        ("50", None, 1),
        ("10", 1, None),
    ]
    # 50 comes first once 20 and 30 are ignored.
    needed = module_service.http.post("/api/session/counterfactual", json={**ratings, "item_id": "50", "n": 1}).json()
    assert (needed["rank"], needed["after"], len(needed["alterations"]), needed["smallest"]) == (2, 1, 2, True)
    people = {"people": {"Ann": {"20": 5}, "Bo": {"70": 5}}, "n": 2}
    shared = module_service.http.post("/api/session/together", json=people).json()
    assert [line["item_id"] for line in shared["items"]] == ["10", "50"]
    assert {member["name"] for member in shared["people"]} == {"Ann", "Bo"}
    questions = module_service.http.post("/api/session/questions", json={**ratings, "not_seen": ["10"]})
    assert not {"10", "20", "30", "70"} & set(module_service.list_of(questions))
    assert module_service.store.counts().users == 0


def test_large_responses_are_compressed_on_request(module_service: Running) -> None:
    packed, plain = (
        module_service.http.get("/api/openapi.json", headers={"Accept-Encoding": encoding})
        for encoding in ("gzip", "identity")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert 4 * packed.num_bytes_downloaded < plain.num_bytes_downloaded
