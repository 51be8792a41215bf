"""Bundles on the Hub, against one in memory: what is downloaded, what is uploaded and what is refused."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reelgraph.bundle import MANIFEST, Bundle, model_card, push_bundle
from reelgraph.bundle.hub import clear_errors
from reelgraph.cli import main
from reelgraph.core.errors import BundleError, CapabilityError
from reelgraph.models.baselines import Bias
from reelgraph.recommend import Recommender
from tests.unit.bundle.test_bundle_parts import HEAD, PERSON, bundle

hub = pytest.importorskip("huggingface_hub")
hub_errors = pytest.importorskip("huggingface_hub.errors")
FIGURES = {"ndcg@10": {"mean": 0.25, "low": 0.125, "high": 0.5}, "rmse": {"mean": 0.87654, "low": 0.8, "high": None}}
BARE_FILES = ["README.md", "catalogue.parquet", "manifest.json", "scorer.safetensors", "statistics.safetensors"]


class FakeHub:
    """Repositories in memory: name -> commits, each with all files; private or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commits: dict[str, list[dict[str, bytes]]] = {}
        self.private: dict[str, bool] = {}
        self.asked: list[Sequence[str]] = []

    def __call__(self, **_: Any) -> FakeHub:  # HfApi(...)
        return self

    def create_repo(self, repository: str, *, private: bool, exist_ok: bool) -> None:
        assert exist_ok
        self.private.setdefault(repository, private)
        self.commits.setdefault(repository, [{}])

    def model_info(self, repository: str) -> Any:
        return SimpleNamespace(private=self.private[repository])

    def list_repo_files(self, repository: str) -> list[str]:
        return sorted(self.commits[repository][-1])

    def create_commit(self, repository: str, operations: Sequence[Any], *, commit_message: str) -> Any:
        files = dict(self.commits[repository][-1])
        for operation in operations:
            if isinstance(operation, hub.CommitOperationDelete):
                del files[operation.path_in_repo]
            else:
                content = operation.path_or_fileobj
                files[operation.path_in_repo] = content if isinstance(content, bytes) else Path(content).read_bytes()
        self.commits[repository].append(files)
        return SimpleNamespace(oid=f"c{len(self.commits[repository]) - 1}")

    def snapshot_download(self, repository: str, *, revision: str | None, allow_patterns: list[str], **_: Any) -> str:
        if repository not in self.commits:
            raise OSError("404 Client Error. (Request ID: x)\n\nRepository Not Found for url: y.\nPlease check")
        self.asked.append(allow_patterns)
        files = self.commits[repository][-1 if revision is None else int(revision[1:])]
        folder = self.folder / repository.replace("/", "--")
        folder.mkdir(parents=True, exist_ok=True)
        for name in hub.utils.filter_repo_objects(files, allow_patterns=allow_patterns):
            (folder / name).write_bytes(files[name])
        return str(folder)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub(tmp_path / "cache")
    monkeypatch.setattr(hub, "HfApi", fake)
    monkeypatch.setattr(hub, "snapshot_download", fake.snapshot_download)
    return fake


def named(name: str, full: Bundle) -> Bundle:
    data = {"name": name, "sha256": "ab12", "ratings": 300}
    return dataclasses.replace(full, info={**full.info, "data": data, "metrics": FIGURES, "protocol": "by hand"})


@pytest.fixture(scope="module")
def full() -> Bundle:
    return named("ml-latest", bundle(HEAD))


def test_pushed_without_people_and_loaded_again(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    folder = full.save(tmp_path / "b")
    pushed = push_bundle(folder, "ann/films", with_people=False)
    assert (pushed.address, pushed.is_public) == ("hf://ann/films@c1", False)
    assert sorted(fake.commits["ann/films"][1]) == sorted(pushed.files) == BARE_FILES
    fake.commits["ann/films"][1] |= {"evil.pkl": b"x", "model.safetensors": b"x", "extra/manifest.json": b"x"}
    for address in ("hf://ann/films", "hf://ann/films@c1"):
        loaded = Bundle.load(address)
        assert not loaded.has_people
        expected = Recommender(full).recommend(PERSON, 5)
        assert [row.item_id for row in Recommender(loaded).recommend(PERSON, 5)] == [row.item_id for row in expected]
    assert {path.name for path in (tmp_path / "cache/ann--films").iterdir()} == {*BARE_FILES} - {"README.md"}
    assert Bundle.load(folder).has_people  # what was here stays as it was


def test_the_card_that_is_uploaded_says_whether_people_are_in_it(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    folder = full.save(tmp_path / "b")
    push_bundle(folder, "ann/films", with_people=False)
    push_bundle(folder, "ann/people", with_people=True)
    bare, whole = (fake.commits[name][1]["README.md"].decode() for name in ("ann/films", "ann/people"))
    assert "Neither ids nor ratings of these people are in it." in bare
    assert "all their ratings are in it" not in bare
    assert "**The ids of these people and all their ratings are in it.**" in whole


def test_people_are_uploaded_only_if_that_is_said(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    folder = full.save(tmp_path / "b")
    with pytest.raises(BundleError, match="holds people and all they rated: it is not uploaded"):
        push_bundle(folder, "ann/films")
    assert fake.commits == {}
    push_bundle(folder, "ann/films", with_people=True)
    assert {"history.safetensors", "users.parquet"} < set(fake.commits["ann/films"][1])
    bare = full.save(tmp_path / "bare", with_people=False)
    for path, with_people in ((folder, False), (bare, None), (bare, True)):  # the last would hide them in the history
        with pytest.raises(BundleError, match="holds the people of an earlier bundle"):
            push_bundle(path, "ann/films", with_people=with_people)
    assert len(fake.commits["ann/films"]) == 2
    push_bundle(folder, "ann/films", with_people=True)  # the next revision of the same people
    assert len(fake.commits["ann/films"]) == 3


def test_what_an_earlier_bundle_had_more_is_taken_away(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    push_bundle(full.save(tmp_path / "b"), "ann/films", with_people=False)
    push_bundle(full.save(tmp_path / "b"), "ann/films", with_people=True)
    assert "statistics.safetensors" not in fake.commits["ann/films"][2]


@pytest.mark.parametrize(
    ("data", "licence", "is_allowed"),
    [("ml-latest", None, True), ("ml-1m", None, False), ("mine", None, False), ("mine", "cc-by-4.0", True)],
)
def test_public_only_where_the_terms_allow_it(
    fake: FakeHub, tmp_path: Path, data: str, licence: str | None, is_allowed: bool
) -> None:
    folder = named(data, bundle(Bias())).save(tmp_path / "b", with_people=False)
    if is_allowed:
        assert push_bundle(folder, "ann/films", public=True, licence=licence).is_public
    else:
        with pytest.raises(BundleError, match="is not made public"):
            push_bundle(folder, "ann/films", public=True, licence=licence)
        assert fake.commits == {}
    assert not push_bundle(folder, "ann/private").is_public


def test_what_other_sources_say_of_movies_has_terms_of_its_own(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    told = [("Ann Example",)] + [()] * (len(full.items) - 1)
    enriched = dataclasses.replace(full, catalogue=dataclasses.replace(full.catalogue, directors=tuple(told)))
    folder = enriched.save(tmp_path / "b", with_people=False)
    with pytest.raises(BundleError, match="it has directors of the movies, whose terms are not known"):
        push_bundle(folder, "ann/films", public=True)
    assert "It says of movies: directors; the terms of where these are from apply to them." in model_card(enriched)
    assert "It says of movies" not in model_card(full)


def test_a_card_of_ones_own_is_uploaded_if_it_can_be_read(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    folder = full.save(tmp_path / "b", with_people=False)
    with pytest.raises(BundleError, match="the front matter of the card cannot be read"):
        push_bundle(folder, "ann/films", card="---\nlicense: [mit\n---\nOurs")
    assert fake.commits == {}
    push_bundle(folder, "ann/films", card="---\nlicense: mit\n---\nLoad hf://OWNER/NAME")
    assert fake.commits["ann/films"][1]["README.md"] == b"---\nlicense: mit\n---\nLoad hf://ann/films"


def test_a_public_repository_is_not_taken_for_a_private_one(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    fake.create_repo("ann/films", private=False, exist_ok=True)
    with pytest.raises(BundleError, match="ann/films is public"):
        push_bundle(full.save(tmp_path / "b"), "ann/films", with_people=False)
    assert fake.commits["ann/films"] == [{}]


def test_changed_bytes_are_refused_on_both_ways(fake: FakeHub, full: Bundle, tmp_path: Path) -> None:
    folder = full.save(tmp_path / "b", with_people=False)
    push_bundle(folder, "ann/films")
    fake.commits["ann/films"][1]["scorer.safetensors"] += b" "
    with pytest.raises(BundleError, match=r"scorer\.safetensors is damaged"):
        Bundle.load("hf://ann/films")
    (folder / "scorer.safetensors").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"scorer\.safetensors is damaged"):
        push_bundle(folder, "ann/new")
    assert "ann/new" not in fake.commits


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("hf://films", "expected hf://owner/name"), ("hf://ann/films@", "expected hf://owner/name"),
        ("hf://ann/films/x", "expected hf://owner/name"), ("hf://ann/none", "ann/none: Repository Not Found"),
        ("hf://ann/empty", "holds no bundle: no manifest.json"), ("hf://ann/..", "expected hf://owner/name"),
        ("hf://../films", "expected hf://owner/name"), ("hf://ann/films@../../x", "expected hf://owner/name"),
        ("hf://ann/films@x/..", "expected hf://owner/name"),
    ],
)  # fmt: skip
def test_other_addresses_are_one_clear_error(fake: FakeHub, address: str, reason: str) -> None:
    fake.create_repo("ann/empty", private=True, exist_ok=True)
    with pytest.raises(BundleError, match=reason) as raised:
        Bundle.load(address)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["films", "ann/..", "../films", "ann/films@v2", "ann/films/x", ""])
def test_another_name_of_a_repository_is_refused(fake: FakeHub, full: Bundle, tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match=r"is no name of a repository \(expected owner/name\)"):
        push_bundle(full.save(tmp_path / "b"), name, with_people=False)
    assert fake.commits == {}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError("refused"), "ann/films: refused (is the Hub in reach?)"),
        (hub_errors.HTTPError("no route"), "ann/films: no route (is the Hub in reach?)"),
        (hub_errors.LocalEntryNotFoundError("no copy"), "ann/films: no copy (is the Hub in reach?)"),
        (hub_errors.HFValidationError("Cannot have -- in repo_id"), "ann/films: Cannot have -- in repo_id"),
        (OSError(28, "No space left on device"), "ann/films: [Errno 28] No space left on device"),
    ],
)  # fmt: skip
def test_only_lost_connections_ask_for_the_hub(error: Exception, expected: str) -> None:
    with pytest.raises(BundleError) as raised, clear_errors("ann/films"):
        raise error
    assert str(raised.value) == expected


def test_a_full_disk_is_no_error_of_the_hub(
    fake: FakeHub, full: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    folder = full.save(tmp_path / "b")
    monkeypatch.setattr("reelgraph.bundle.hub_upload.TemporaryDirectory", fail)
    with pytest.raises(BundleError, match=r"^no temporary folder can be made: No space left on device \(TMPDIR"):
        push_bundle(folder, "ann/films", with_people=False)
    assert fake.commits == {}


def test_without_the_package_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(CapabilityError, match=r'needs huggingface-hub \(pip install "reelgraph\[hub\]"\)'):
        Bundle.load("hf://ann/films")


def test_the_shell_takes_addresses_where_it_reads(
    fake: FakeHub, full: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, address, copy = str(full.save(tmp_path / "b")), "hf://ann/films", str(tmp_path / "copy")
    assert main(["bundle", "push", folder, "ann/films"]) == 2
    assert "--without-people leaves them out" in capsys.readouterr().err
    assert main(["bundle", "push", folder, "ann/films", "--without-people"]) == 0
    assert "hf://ann/films@c1" in capsys.readouterr().out
    assert main(["similar", address, "--item", "100", "-k", "3"]) == 0
    assert main(["serve", address]) == 2
    assert "say where people are kept" in capsys.readouterr().err
    assert main(["forget", address, "--user", "7"]) == 2
    assert "reelgraph bundle get hf://ann/films FOLDER" in capsys.readouterr().err
    assert main(["bundle", "get", address, copy]) == 0
    assert MANIFEST in {path.name for path in Path(copy).iterdir()}
    assert main(["train", "sample", "--out", address]) == 2
    assert "is an address of the Hub, not a folder" in capsys.readouterr().err


def test_the_card_is_valid_for_the_hub(full: Bundle) -> None:
    card = hub.ModelCard(model_card(full, "hf://ann/films"))
    data = card.data.to_dict()
    assert (data["license"], data["library_name"]) == ("other", "reelgraph")
    assert data["license_link"].startswith("https://grouplens.org/")
    results = {result.metric_type: result for result in card.data.eval_results}
    assert {name: result.metric_value for name, result in results.items()} == {"ndcg@10": 0.25, "rmse": 0.8765}
    assert results["ndcg@10"].metric_name == "ndcg@10, 95 % interval [0.1250, 0.5000]"
    assert results["ndcg@10"].dataset_name == "ml-latest"


def test_the_card_says_what_was_learnt_from_what(full: Bundle) -> None:
    text = model_card(full)
    for part in (
        "| ndcg@10 | 0.2500 | [0.1250, 0.5000] |", "| rmse | 0.8765 | not known |", "by hand", "SHA-256: `ab12`",
        "under the same terms, not for commercial use", "**The ids of these people and all their ratings are in it.**",
        "- seed: 0", "numpy ", 'rg.Bundle.load("hf://OWNER/NAME")',
    ):  # fmt: skip
        assert part in text, part


def test_the_card_of_unknown_data_says_so() -> None:
    bare = dataclasses.replace(bundle(Bias()), info={})
    text = model_card(bare)
    assert hub.ModelCard(text).data.license == "unknown"
    assert "Nothing was measured." in text
    assert "The terms of the data are not known to reelgraph" in text
    stated = model_card(bare, licence="cc-by-4.0")
    assert hub.ModelCard(stated).data.license == "cc-by-4.0"
    assert "published under `cc-by-4.0`" in stated
