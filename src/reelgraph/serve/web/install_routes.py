"""What browsers, phones and crawlers ask for beside the pages: manifest, service worker, icons, robots.txt."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from reelgraph.export.icons import favicon_ico, icon_png
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web.offline_shell import service_worker
from reelgraph.serve.web.render import html

router = APIRouter(include_in_schema=False)
_CACHED_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
_REVALIDATED = {"Cache-Control": "no-cache"}
_SAFE_MARGIN = 0.14  # keeps the reel inside the circle that a phone may cut out of the icon
_GROUND = "#f6f2ea"
#: Programs that read one page because somebody sent a link to it, and show its title and picture.
_PREVIEW_AGENTS = (
    "facebookexternalhit", "Twitterbot", "LinkedInBot", "Slackbot-LinkExpanding", "Discordbot", "TelegramBot",
    "WhatsApp", "redditbot", "Applebot",
)  # fmt: skip
_ROBOTS = (
    "# A service for the people who were given its address: not for search engines.\n"
    "# Programs that show a preview of a link that somebody sent may read the pages.\n"
    + "".join(f"User-agent: {agent}\n" for agent in _PREVIEW_AGENTS)
    + "Disallow: /api/\nAllow: /\n\nUser-agent: *\nDisallow: /\n"
)
_MANIFEST: dict[str, Any] = {
    "id": "/",
    "name": "reelgraph",
    "short_name": "reelgraph",
    "description": "Films you will like, and the reason why.",
    "lang": "en",
    "start_url": "/",
    "scope": "/",
    "display": "standalone",
    "background_color": _GROUND,
    "theme_color": _GROUND,
    "categories": ["entertainment", "lifestyle"],
    "icons": [
        {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
        {"src": "/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": "/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {"src": "/icon-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ],
    "shortcuts": [{"name": "Together", "url": "/together"}, {"name": "Your taste", "url": "/taste"}],
}


@router.get("/manifest.webmanifest")
async def manifest() -> Response:
    """What a browser needs to install the page as an app."""
    return Response(orjson.dumps(_MANIFEST), headers=_CACHED_FOR_A_DAY, media_type="application/manifest+json")


@router.get("/service_worker.js")
async def worker(service: ServiceDep) -> Response:
    """The service worker: another file, which browsers install, for each version of the page and each bundle."""
    return Response(service_worker(service.loaded.digest), headers=_REVALIDATED, media_type="text/javascript")


@router.get("/offline")
async def offline(request: Request, service: ServiceDep) -> Response:
    """What the service worker shows in place of a page that it has not kept."""
    return html(request, service.loaded, "offline.html")


@router.get("/robots.txt")
async def robots() -> Response:
    """No search engine; previews of links."""
    return Response(_ROBOTS, headers=_CACHED_FOR_A_DAY, media_type="text/plain; charset=utf-8")


@router.get("/favicon.ico")
async def favicon() -> Response:
    """For browsers that do not read the link to the icon."""
    return Response(favicon_ico(), headers=_CACHED_FOR_A_DAY, media_type="image/x-icon")


@router.get("/icon-192.png")
async def small_icon() -> Response:
    """For the home screen."""
    return _png(icon_png(192))


@router.get("/icon-512.png")
async def large_icon() -> Response:
    """For the screen while the app starts."""
    return _png(icon_png(512))


@router.get("/icon-maskable.png")
async def maskable_icon() -> Response:
    """For systems that cut icons into a shape of their own."""
    return _png(icon_png(512, _SAFE_MARGIN, opaque=True))


@router.get("/apple-touch-icon.png")
@router.get("/apple-touch-icon-precomposed.png")
async def apple_icon() -> Response:
    """For the home screen of iOS, which has no transparency."""
    return _png(icon_png(180, 0.08, opaque=True))


def _png(content: bytes) -> Response:
    return Response(content, headers=_CACHED_FOR_A_DAY, media_type="image/png")
