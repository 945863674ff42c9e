"""HTTP/1.1 on a socket: enough of it to serve an API quickly, and to break it on purpose."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.sandbox.query import Query, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_BODY_BYTES = 64 * 1024 * 1024


@dataclass
class Request:
    """One request.

    Attributes:
        method: upper case.
        path: without the query string.
        query: the parsed query string.
        headers: names in lower case.
        body: parsed JSON, or None where there is none.
        raw: the body's bytes.
    """

    method: str
    path: str
    query: Query
    headers: dict[str, str]
    body: Any = None
    raw: bytes = b""


@dataclass
class Reply:
    """One answer.

    Attributes:
        status: HTTP status.
        body: sent as JSON unless it is bytes.
        headers: further headers.
        content_type: type of the body.
        declared_bytes: what Content-Length claims where it is not the truth.
        cut: close the connection after the answer.
        reset: answer nothing and reset the connection.
        hang_seconds: answer nothing; close when the client gives up, or after so long.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    declared_bytes: int | None = None
    cut: bool = False
    reset: bool = False
    hang_seconds: float | None = None

    def encoded(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class Server(socketserver.ThreadingTCPServer):
    """A thread per connection; the threads die with the process."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.open_sockets: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client that went away go quietly; show anything else."""
        import sys  # noqa: PLC0415

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, OSError)):
            super().handle_error(request, client_address)


class _Connection(socketserver.StreamRequestHandler):
    wbufsize = 0
    server: Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.open_sockets.add(self.connection)

    def finish(self) -> None:
        self.server.open_sockets.discard(self.connection)
        super().finish()

    def handle(self) -> None:
        while True:
            request = self._read()
            if request is None:
                return
            reply = self.server.answer(request)
            if not self._write(request, reply):
                return
            if request.headers.get("connection", "").lower() == "close":
                return

    def _read(self) -> Request | None:
        line = self.rfile.readline(65_537).decode("latin-1").rstrip("\r\n")
        parts = line.split(" ")
        if len(parts) != 3:
            return None
        headers: dict[str, str] = {}
        while True:
            header = self.rfile.readline(65_537).decode("latin-1").rstrip("\r\n")
            if not header:
                break
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        raw = self._body(headers)
        path, _, query = parts[1].partition("?")
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        return Request(parts[0].upper(), path, parse_query(query), headers, body, raw)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            chunks = b""
            while True:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
                chunk = self.rfile.read(size + 2)[:-2]
                if not size:
                    return chunks
                chunks += chunk
        size = int(headers.get("content-length") or 0)
        return self.rfile.read(min(size, _MAX_BODY_BYTES)) if size else b""

    def _write(self, request: Request, reply: Reply) -> bool:
        if reply.hang_seconds is not None:
            self._wait_for_client(reply.hang_seconds)
            return False
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return False
        body = b"" if request.method == "HEAD" else reply.encoded()
        declared = len(body) if reply.declared_bytes is None else reply.declared_bytes
        head = [
            f"HTTP/1.1 {reply.status} {_phrase(reply.status)}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {declared}",
            f"Date: {formatdate(usegmt=True)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        if reply.cut:
            head.append("Connection: close")
        self.connection.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        return not reply.cut

    def _wait_for_client(self, seconds: float) -> None:
        self.connection.settimeout(seconds)
        try:
            while self.connection.recv(4096):
                pass
        except OSError:
            return


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
