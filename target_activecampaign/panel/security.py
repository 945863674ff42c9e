"""What keeps others out of the panel: host, session, password, forms, and what a page may load."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import os
import secrets
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE: Final = "ticto_inbox_panel"
_SESSION_SECONDS: Final = 14 * 86_400
_KEY_BYTES: Final = 32
_PROXY_HEADERS: Final = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
# Spoken by no browser; nginx does, and names no header of these unless it is told to.
_VERSION_OF_PROXIES: Final = "1.0"
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can be reached from this machine only."""
    bare = host.strip("[]").rstrip(".").casefold()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def signing_key(data_dir: Path) -> bytes:
    """Return the key that signs sessions, made at the first start; only its owner can read it."""
    path = data_dir / "panel.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) >= _KEY_BYTES:
            return key
        # Cut short when the disk was full: sessions signed with it cannot exist.
        path.unlink()
        return signing_key(data_dir)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(_KEY_BYTES)
        file.write(key)
    return key


class Guard:
    """Middleware around every page: which hosts may ask, sessions, and the headers of answers.

    Args:
        app: The pages.
        key: Signs the session's cookie.
        is_open: Whether no password is asked for. Then only this machine may ask, by a name of
            its own: a page elsewhere that gives its name this machine's address is refused, and so
            is what a proxy passes on.
    """

    def __init__(self, app: ASGIApp, *, key: bytes, is_open: bool) -> None:
        self._is_open = is_open
        self._plain, self._secure = (
            SessionMiddleware(
                app,
                secret_key=key.hex(),
                session_cookie=SESSION_COOKIE,
                max_age=_SESSION_SECONDS,
                same_site="lax",
                https_only=https_only,
            )
            for https_only in (False, True)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = Headers(scope=scope)
        is_of_proxy = scope.get("http_version") == _VERSION_OF_PROXIES
        if self._is_open and (is_of_proxy or not _is_local(headers)):
            refusal = PlainTextResponse(
                "Without a password the panel answers only on this machine, at "
                "http://127.0.0.1 or http://localhost. Set panel_password to use it from "
                "elsewhere or through a proxy.",
                status_code=403,
            )
            await refusal(scope, receive, send)
            return
        is_https = "https" in {scope.get("scheme"), headers.get("x-forwarded-proto")}
        app = self._secure if is_https else self._plain
        await app(scope, receive, _with_headers(send))


def _is_local(headers: Headers) -> bool:
    host = headers.get("host", "")
    name = host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name) and not any(header in headers for header in _PROXY_HEADERS)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            # Pages show orders; only files that never change are kept.
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers


class Password:
    """The panel's password, and how often it may be guessed.

    Args:
        password: None if none is asked for.
        now: The clock, in seconds.
    """

    TRIES: Final = 5
    TRIES_OF_ALL: Final = 60
    WAIT_SECONDS: Final = 60.0

    def __init__(self, password: str | None, now: Callable[[], float] = time.monotonic) -> None:
        self._proof = None if password is None else _digest(password)
        self._now = now
        # Guesses that are sent at the same time must not all pass before the first has failed.
        self._lock = threading.Lock()
        # Many addresses together get no further than a few.
        self._failures: deque[tuple[float, str]] = deque(maxlen=self.TRIES_OF_ALL)

    @property
    def is_asked_for(self) -> bool:
        """Whether visitors must know it."""
        return self._proof is not None

    def is_known_to(self, request: Request) -> bool:
        """Return whether a session has been opened with the password that holds now."""
        if self._proof is None:
            return True
        known = request.session.get("password")
        return isinstance(known, str) and hmac.compare_digest(known, self._session_proof())

    def seconds_to_wait(self, address: str) -> int:
        """Return how long an address may not try, because too many have been wrong; 0 if it may."""
        with self._lock:
            return self._seconds_to_wait(address)

    def _seconds_to_wait(self, address: str) -> int:
        since = self._now() - self.WAIT_SECONDS
        recent = [one for one in self._failures if one[0] > since]
        own = [one for one in recent if one[1] == address]
        if len(own) >= self.TRIES:
            return math.ceil(own[-self.TRIES][0] - since)
        return math.ceil(recent[0][0] - since) if len(recent) >= self.TRIES_OF_ALL else 0

    def open(self, request: Request, given: str, address: str) -> bool:
        """Open a session if the password is right, and if the address may try at all."""
        with self._lock:
            if self._seconds_to_wait(address):
                return False
            if self._proof is None or not hmac.compare_digest(_digest(given), self._proof):
                self._failures.append((self._now(), address))
                return False
        kept = {name: request.session[name] for name in ("language",) if name in request.session}
        request.session.clear()
        request.session.update(kept, password=self._session_proof())
        return True

    def _session_proof(self) -> str:
        return hashlib.sha256(b"session " + (self._proof or b"")).hexdigest()


def _digest(password: str) -> bytes:
    # Stretched, since a session's cookie shows what is derived from it.
    return hashlib.scrypt(
        password.encode(errors="replace"), salt=b"ticto-inbox panel", n=2**14, r=8, p=1
    )


def form_token(request: Request) -> str:
    """Return the token that every form of a session carries."""
    token = request.session.get("form_token")
    if not isinstance(token, str):
        token = secrets.token_urlsafe(_KEY_BYTES)
        request.session["form_token"] = token
    return token


def is_own_form(request: Request, given: str) -> bool:
    """Return whether a form was sent from a page of this session."""
    token = request.session.get("form_token")
    return (
        isinstance(token, str)
        and hmac.compare_digest(token.encode(), given.encode(errors="replace"))
        and _is_from_here(request)
    )


def _is_from_here(request: Request) -> bool:
    """Return whether the browser says that a form was sent from one of our own pages.

    Older browsers name the origin only. A proxy may have given the request another host.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host"), request.headers.get("x-forwarded-host")}
    return origin is None or origin.partition("://")[2] in hosts - {None}
