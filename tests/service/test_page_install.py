"""What browsers and crawlers ask for beside the pages: manifest, icons, service worker, robots.txt, previews, HEAD."""

from __future__ import annotations

import re
import struct
import time
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

from reelgraph.export.icons import icon_png
from reelgraph.serve.web.offline_shell import service_worker
from reelgraph.serve.web.static_files import compact
from tests.service.conftest import Running

PAGES = ("/", "/film/10", "/together", "/taste", "/privacy", "/model", "/offline")
FILES = (
    "/manifest.webmanifest", "/service_worker.js", "/robots.txt", "/favicon.ico", "/apple-touch-icon.png",
    "/icon-192.png", "/icon-512.png", "/icon-maskable.png", "/static/home.js", "/static/preview.png", "/poster/10",
)  # fmt: skip
API = ("/api/me", "/api/me/count", "/api/me/picks", "/api/items", "/api/health/live", "/api/openapi.json", "/metrics")


def pixels(png: bytes) -> np.ndarray:
    """The RGBA pixels of a PNG whose rows have no filter."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    size, data, position = struct.unpack(">I", png[16:20])[0], b"", 8
    while position < len(png):
        (length,), name = struct.unpack(">I", png[position : position + 4]), png[position + 4 : position + 8]
        body = png[position + 8 : position + 8 + length]
        assert struct.unpack(">I", png[position + 8 + length : position + 12 + length])[0] == zlib.crc32(name + body)
        data += body if name == b"IDAT" else b""
        position += 12 + length
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(size, 1 + 4 * size)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:].reshape(size, size, 4)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and (name := given.get("property") or given.get("name")):
            self.values[name] = given.get("content") or ""


@pytest.mark.parametrize("path", [*PAGES, *FILES, *API])
def test_head_has_the_status_and_headers_of_get_and_no_body(module_service: Running, path: str) -> None:
    head, full = module_service.http.head(path), module_service.http.get(path)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert full.status_code == 200
    assert full.content
    changing = (
        {"date", "x-request-id", "etag", "content-length"}
        if path in ("/metrics", "/api/me/picks")
        else {"date", "x-request-id"}
    )
    for name in set(full.headers) - changing:
        assert head.headers[name] == full.headers[name], name


def test_head_of_what_is_not_there_and_of_what_cannot_be_read(module_service: Running) -> None:
    assert module_service.http.head("/film/none").status_code == 404
    assert module_service.http.head("/api/ratings").status_code == 405
    refused = module_service.http.request("PATCH", "/api/items")
    assert refused.headers["allow"] == "GET, HEAD, POST"


def test_the_manifest_installs_the_page_with_icons_that_are_there(module_service: Running) -> None:
    response = module_service.http.get("/manifest.webmanifest")
    assert response.headers["content-type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    sizes = {}
    for icon in manifest["icons"]:
        answer = module_service.http.get(icon["src"])
        assert answer.headers["content-type"].startswith(icon["type"])
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.content[16:24])
            assert icon["sizes"] == f"{width}x{height}"
            sizes[icon.get("purpose", "any"), width] = answer.content
    assert {("any", 192), ("any", 512), ("maskable", 512)} == sizes.keys()
    page = module_service.http.get("/").text
    for link in ('rel="manifest" href="/manifest.webmanifest"', 'rel="apple-touch-icon" href="/apple-touch-icon.png"'):
        assert link in page
    policy = module_service.http.get("/").headers["content-security-policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_the_icon_is_the_reel_of_the_drawing() -> None:
    image = pixels(icon_png(64))
    assert image[0, 0, 3] == 0  # transparent outside of the reel
    assert tuple(image[32, 32]) == (0x1B, 0x13, 0x00, 255)  # the hole in the middle
    assert tuple(image[32, 4]) == (0xFF, 0xB4, 0x3A, 255)  # the disc, whose left edge is at 2 of 64
    assert (image[:, :2, 3] < 255).all()
    whole = pixels(icon_png(100, 0.14, opaque=True))
    assert (whole[..., 3] == 255).all()
    assert tuple(whole[10, 50, :3]) == (0xF6, 0xF2, 0xEA)  # the margin has the ground of the page


def test_search_engines_stay_out_and_previews_of_links_work(module_service: Running) -> None:
    response = module_service.http.get("/robots.txt")
    assert response.headers["content-type"].startswith("text/plain")
    groups = [group.splitlines() for group in re.sub(r"(?m)^#.*\n", "", response.text).strip().split("\n\n")]
    rules = {line.split(": ")[1]: group for group in groups for line in group if line.startswith("User-agent")}
    assert "Disallow: /" in rules["*"]
    assert "Allow: /" in rules["Twitterbot"]
    assert "Disallow: /api/" in rules["Twitterbot"]
    tags = _Tags()
    tags.feed(module_service.http.get("/film/10").text)
    base = str(module_service.http.base_url).rstrip("/")
    assert tags.values["og:url"] == f"{base}/film/10"
    assert tags.values["og:image"].startswith(base)
    picture = module_service.http.get(tags.values["og:image"])
    assert struct.unpack(">II", picture.content[16:24]) == (1200, 630)
    assert len(picture.content) < 100_000
    assert tags.values["og:title"].endswith("reelgraph")
    assert tags.values["robots"] == "noindex"
    assert len(tags.values["og:description"]) > 20


def test_the_worker_keeps_what_the_first_page_needs_and_changes_with_the_bundle(module_service: Running) -> None:
    response = module_service.http.get("/service_worker.js")
    assert (response.headers["content-type"].split(";")[0], response.headers["cache-control"]) == (
        "text/javascript",
        "no-cache",
    )
    shell = re.search(r"const SHELL = (\[.*?\]);", response.text)[1]  # type: ignore[index]
    page = module_service.http.get("/").text
    for path in re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', page):
        assert f'"{path}"' in shell or path == "/static/noscript.css", path
    for path in ("/", "/static/queue.js", "/static/why.js"):
        assert f'"{path}"' in shell, path
    assert '"/static/map.js"' not in shell
    for path in re.findall(r'"(/[^"]*)"', "".join(re.findall(r"const (?:SHELL|LATER) = (\[.*?\]);", response.text))):
        assert module_service.http.get(path).status_code == 200, path
    assert service_worker("one").splitlines()[0] != service_worker("two").splitlines()[0]


@pytest.mark.parametrize(("at", "status"), [(946_684_800, 200), (4_000_000_000, 200), (-5, 422), ("now", 422)])
def test_a_rating_says_when_it_was_made_unless_that_is_to_come(
    module_service: Running, at: object, status: int
) -> None:
    http = module_service.http
    try:
        token = http.get("/api/me/count").json()["csrf"]
        body = {"stars": 4, "at": at}
        response = http.put("/api/me/ratings/10", json=body, headers={"X-CSRF-Token": token})
        assert response.status_code == status
        if status == 200:
            (rating,) = http.get("/api/me").json()["rated"]
            assert rating["at"] == at if at == 946_684_800 else abs(rating["at"] - time.time()) < 600
    finally:
        http.cookies.clear()


def test_scripts_and_styles_come_without_comments_and_mean_the_same() -> None:
    script = '// What it is.\n\nconst a = "// no comment"; // a comment\n  // more\n  f(`x // y`, "https://z");\n'
    assert compact(script, ".js") == 'const a = "// no comment";\nf(`x // y`, "https://z");\n'
    assert compact("/* Colours\n of all. */\na { b: c; }\n\n  d { }\n", ".css") == "a { b: c; }\nd { }\n"


def test_files_are_compressed_once_and_sent_again_only_if_they_changed(module_service: Running) -> None:
    plain = module_service.http.get("/static/home.js", headers={"Accept-Encoding": "identity"})
    packed = module_service.http.get("/static/home.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert "content-encoding" not in plain.headers
    again = module_service.http.get("/static/home.js", headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for response in (plain, module_service.http.get("/poster/10"), module_service.http.get("/static/icon.svg")):
        assert response.headers["content-security-policy"].startswith("default-src 'none'; img-src 'self'")
        assert response.headers["x-content-type-options"] == "nosniff"
    assert "worker-src" in module_service.http.get("/service_worker.js").headers["content-security-policy"]
