"""The page as a static site: its files, their addresses, and folders that are not taken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core.errors import ConfigError
from reelgraph.export import export_page, export_site

FILES = {
    "index.html", "manifest.webmanifest", "service_worker.js", "icon-192.png", "icon-512.png", "icon-maskable.png",
    "apple-touch-icon.png",
}  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    data = rg.from_frame({"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]})
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    return rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix != ".png"}


def test_the_site_holds_the_page_and_what_installs_it(bundle: Bundle, tmp_path: Path) -> None:
    export = export_site(bundle, tmp_path / "site", title="Ours", measure=False)
    assert {path.name for path in export.path.iterdir()} == FILES
    assert export.n_bytes == sum(path.stat().st_size for path in export.path.iterdir())
    site = texts(export.path)
    manifest = json.loads(site["manifest.webmanifest"])
    assert (manifest["name"], manifest["display"]) == ("Ours", "standalone")
    named = [manifest["start_url"], manifest["scope"], *(icon["src"] for icon in manifest["icons"])]
    named += re.findall(r'<link [^>]*href="([^"]*)"', site["index.html"])
    kept = json.loads(re.findall(r"const FILES = (.*);", site["service_worker.js"])[0])
    assert set(kept) == FILES - {"index.html", "service_worker.js"} | {"./"}
    assert set(named) <= set(kept)  # relative, so that the site works below any path
    for icon in manifest["icons"]:
        content = (export.path / icon["src"]).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert f"{int.from_bytes(content[16:20])}x{int.from_bytes(content[20:24])}" == icon["sizes"]


def test_the_policy_lets_the_page_load_from_itself_and_send_nothing(bundle: Bundle, tmp_path: Path) -> None:
    site = texts(export_site(bundle, tmp_path / "site", measure=False).path)["index.html"]
    page = export_page(bundle, tmp_path / "film.html", measure=False).path.read_text(encoding="utf-8")
    policies = [re.findall(r'Policy" content="([^"]*)"', text)[0].replace("&#x27;", "'") for text in (site, page)]
    assert "manifest" not in policies[1]
    assert policies[0].replace("img-src 'self'; manifest-src 'self'; worker-src 'self'; ", "") == policies[1]
    assert 'rel="manifest"' not in page


def test_another_page_has_another_worker_and_the_same_page_the_same(bundle: Bundle, tmp_path: Path) -> None:
    def worker(title: str) -> str:
        return texts(export_site(bundle, tmp_path / "site", title=title, measure=False).path)["service_worker.js"]

    first = worker("Ours")
    assert worker("Ours") == first
    assert worker("Yours") != first


def test_a_folder_with_other_files_is_left_alone(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_text("films.example")
    with pytest.raises(ConfigError, match="holds CNAME, which is no file of a site"):
        export_site(bundle, tmp_path, measure=False)
    with pytest.raises(ConfigError, match="is a file"):
        export_site(bundle, tmp_path / "CNAME", measure=False)
    assert [path.name for path in tmp_path.iterdir()] == ["CNAME"]


@pytest.mark.parametrize(
    "names",
    [
        ["index.html"],
        ["apple-touch-icon.png"],
        ["index.html", "manifest.webmanifest"],
        ["index.html", "manifest.webmanifest", "service_worker.js"],
    ],
    ids=lambda names: "+".join(names),
)
def test_a_page_of_somebody_is_left_alone(bundle: Bundle, tmp_path: Path, names: list[str]) -> None:
    """Files that a site has, too, but that no export wrote."""
    for name in names:
        (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match="but not the manifest.webmanifest and service_worker.js of a site"):
        export_site(bundle, tmp_path, measure=False)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(names, "mine")


def test_an_empty_folder_and_a_site_are_replaced(bundle: Bundle, tmp_path: Path) -> None:
    for title in ("Ours", "Yours"):
        export_site(bundle, tmp_path, title=title, measure=False)
        assert f"<title>{title}</title>" in texts(tmp_path)["index.html"]
