"""A server that answers each path with what a test gives it, for answers that no account sends."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Callable

    # Takes the query; returns status and body.
    Answer = Callable[[dict[str, str]], tuple[int, bytes]]

_ABSENT = (404, b'{"message": "No Result found"}')


@dataclass
class AnswerServer:
    """A server on loopback. Use it as a context.

    Attributes:
        answers: What each path below ``/api/3/`` is answered with.
        asked: The paths that were asked for, in their order.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token: str = "a-token-of-the-tests"
    _server: ThreadingHTTPServer | None = None

    def __post_init__(self) -> None:
        self.answers.setdefault("users/me", body({"user": {"id": "1"}}))

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Address of the account."""
        port = 0 if self._server is None else self._server.server_port
        return f"http://127.0.0.1:{port}"

    def answer(self, method: str, target: str, sent: bytes) -> tuple[int, bytes]:
        """Return status and body of an answer.

        Args:
            method: The request's method.
            target: Its path and query.
            sent: Its body.
        """
        del method, sent
        parts = urlsplit(target)
        path = parts.path.partition("/api/3/")[2]
        self.asked.append(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        answer = self.answers.get(path)
        return _ABSENT if answer is None else answer(query)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_arguments: object) -> None:
                pass

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content = account.answer(self.command, self.path, sent)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815

        return Handler


def body(content: Any, status: int = 200) -> Answer:
    """Answer every request with the same body: bytes as they are, anything else as JSON."""
    encoded = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda _query: (status, encoded)


def rows(envelope: str, listed: list[Any]) -> Answer:
    """Answer with the rows of a collection, by offset, or by id from `id_greater` on."""

    def answer(query: dict[str, str]) -> tuple[int, bytes]:
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
        found = listed
        if "id_greater" in query:
            found = [row for row in listed if _is_behind(row, int(query["id_greater"]))]
        page = found[offset : offset + limit]
        return 200, json.dumps({envelope: page, "meta": {"total": str(len(listed))}}).encode()

    return answer


def _is_behind(row: Any, after: int) -> bool:
    """Return whether a row comes after an id; the server does not know of one without an id."""
    row_id = str(row.get("id")) if isinstance(row, dict) else ""
    return int(row_id) > after if row_id.isdecimal() else after == 0
