"""The plots of the model card on a busy machine."""

from __future__ import annotations

import threading

import pytest

from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.web import model_card, page_routes
from tests.service.conftest import Start


def test_plots_that_take_long_are_finished_although_nobody_waits(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not begin anew with every request, and give up each time."""
    service, may_go_on, calls = start(), threading.Event(), list[int]()
    compute = model_card.plot_data

    def slow(loaded: LoadedBundle) -> model_card.PlotData:
        calls.append(1)
        assert may_go_on.wait(30)
        return compute(loaded)

    monkeypatch.setattr(model_card, "plot_data", slow)
    monkeypatch.setattr(page_routes, "_PLOTS_SECONDS", 0.05)
    for _ in range(2):
        early = service.http.get("/model/plots")
        assert (early.status_code, early.json()["error"], early.headers["retry-after"]) == (503, "not-ready", "3")
    may_go_on.set()
    monkeypatch.setattr(page_routes, "_PLOTS_SECONDS", 30.0)
    assert service.http.get("/model/plots").json()["popularity"].startswith("<svg")
    assert len(calls) == 1
