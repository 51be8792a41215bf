"""Routes to take a session to another device. The token is in the fragment of the address, which no server sees."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Request, Response
from pydantic import Field

from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import RequestBody
from reelgraph.serve.state.service import ServiceDep
from reelgraph.serve.web import device_transfer
from reelgraph.serve.web.device_transfer import Own
from reelgraph.serve.web.render import html
from reelgraph.serve.web.session import SessionDep

router = APIRouter(include_in_schema=False)
_Token = Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_LOCAL = ("localhost", "127.0.0.1", "::1")


class TokenBody(RequestBody):
    """The token of a link."""

    token: _Token


class AcceptBody(TokenBody):
    """A link to use up, and what becomes of the films of this browser."""

    own: Own


@router.get("/device")
async def device_page(request: Request, service: ServiceDep) -> Response:
    """What a link to this device would do, and a button to do it."""
    return html(request, service.loaded, "device.html")


@router.post("/api/me/device")
async def create_link(request: Request, service: ServiceDep, session: SessionDep) -> Response:
    """A link to another device, and its QR code as SVG."""
    token, expires = await service.run_quick(device_transfer.create_token, service, session)
    origin = page_origin(request)
    url = f"{origin}/device#{token}"
    return presenters.reply({
        "csrf": session.csrf_token, "url": url, "qr": qr_svg(url), "expires": expires,
        "local": urlsplit(origin).hostname in _LOCAL,
    })  # fmt: skip


@router.post("/api/me/device/preview")
async def preview(service: ServiceDep, session: SessionDep, body: TokenBody) -> Response:
    """What a link would do. It changes nothing; a POST, so that the token is in no address."""
    return presenters.reply(await service.run_quick(device_transfer.preview, service, session, body.token))


@router.post("/api/me/device/accept")
async def accept(request: Request, service: ServiceDep, session: SessionDep, body: AcceptBody) -> Response:
    """Take the session of the link over; the link works only once."""
    taken = await service.run_slow(device_transfer.accept, service, session, body.token, body.own)
    response = presenters.reply({"csrf": taken.csrf_token})
    taken.set_cookie(request, response)
    return response


def page_origin(request: Request) -> str:
    """Scheme, host and port of the page, as the browser sees them.

    Behind a proxy that ends TLS only the header Origin has the scheme; it is taken if its host is that of the request.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    if origin.scheme in ("http", "https") and origin.netloc and origin.netloc == request.headers.get("host"):
        return f"{origin.scheme}://{origin.netloc}"
    return str(request.base_url).rstrip("/")


def qr_svg(text: str) -> str:
    """The QR code of a text: an ``svg`` element, black on white, with the quiet zone that readers need."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None))
