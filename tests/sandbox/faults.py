"""Broken answers on demand, at random or scripted."""

from __future__ import annotations

import fnmatch
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.sandbox.sizes import mix
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RANDOM_KINDS = (
    "status_429", "status_500", "status_502", "status_503", "reset", "truncated", "html", "empty",
)  # fmt: skip
ANSWER_KINDS = (
    *RANDOM_KINDS, "truncated_length", "timeout", "missing_key", "errors_string", "errors_list",
    "message", "forbidden", "bad_token", "unauthorized", "not_allowed",
)  # fmt: skip
IMPORT_KINDS = ("interrupted", "failed", "stuck")

_HTML = b"<!DOCTYPE html><html><body><h1>We will be right back</h1></body></html>"
_STATUS = {"status_500": 500, "status_502": 502, "status_503": 503}
_SHAPES: dict[str, tuple[int, Any]] = {
    "errors_string": (422, {"errors": "Bulk operation failed. The request is not valid."}),
    "errors_list": (
        422,
        {
            "errors": [
                {
                    "title": "Invalid attribute",
                    "detail": "",
                    "code": "invalid",
                    "source": {"pointer": "/data/attributes/limit"},
                }
            ]
        },
    ),
    "message": (422, {"message": "The request could not be processed."}),
    "forbidden": (403, {"message": "Forbidden"}),
    "unauthorized": (401, {"message": "Unauthorized"}),
    "not_allowed": (405, {"message": "Method Not Allowed"}),
}


@dataclass
class Fault:
    """One scripted fault.

    Attributes:
        kind: what goes wrong.
        path: glob of paths (without `/api/3`), or None for any.
        method: HTTP method, or None for any.
        times: how often still; None for ever.
        after_effect: whether a write takes effect before its answer breaks.
        retry_after: what a 429 says: seconds, "date" (an HTTP date), or None for no header.
        hang_seconds: how long a timeout lasts at most.
    """

    kind: str
    path: str | None = None
    method: str | None = None
    times: int | None = 1
    after_effect: bool = False
    retry_after: int | str | None = 1
    hang_seconds: float = 30.0

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is meant for a request."""
        return (self.method in (None, method)) and (
            self.path is None or fnmatch.fnmatchcase(path, self.path.strip("/"))
        )


@dataclass
class _Random:
    share: float = 0.0
    kinds: Sequence[str] = RANDOM_KINDS
    seed: int = 1
    after_effect: bool | None = None
    path: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


class Faults:
    """What goes wrong, and how often it did.

    Attributes:
        count: broken answers so far.
        by_kind: the same by kind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripted: list[Fault] = []
        self._random = _Random()
        self._drawn = 0
        self.count = 0
        self.by_kind: Counter[str] = Counter()

    def rate(
        self,
        share: float,
        kinds: Sequence[str] = RANDOM_KINDS,
        seed: int = 1,
        *,
        after_effect: bool | None = None,
        path: str | None = None,
        **options: Any,
    ) -> None:
        """Break a random share of the answers.

        Args:
            share: 0 to 1.
            kinds: what may go wrong.
            seed: decides which requests, and how.
            after_effect: whether writes take effect first; None leaves it to chance.
            path: glob of the paths concerned.
            **options: further attributes of `Fault`, such as `retry_after`.
        """
        _check(kinds)
        with self._lock:
            self._random = _Random(share, tuple(kinds), seed, after_effect, path, options)
            self._drawn = 0

    def next(self, kind: str, path: str | None = None, times: int | None = 1, **more: Any) -> None:
        """Break the next answers to matching requests; `times=None` is for ever.

        Kinds of imports (`interrupted`, `failed`, `stuck`) concern the next batches queued.
        """
        _check((kind,))
        with self._lock:
            self._scripted.append(Fault(kind, path, times=times, **more))

    def clear(self) -> None:
        """Let everything be well again; counts stay."""
        with self._lock:
            self._scripted.clear()
            self._random = _Random()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that befalls a request, or None."""
        with self._lock:
            fault = self._take_scripted(method, path, ANSWER_KINDS) or self._draw(method, path)
            if fault is not None:
                self._counted(fault.kind)
            return fault

    def take_import(self) -> str | None:
        """Return the fate of a batch being queued, or None for a good one."""
        with self._lock:
            fault = self._take_scripted("POST", "import/bulk_import", IMPORT_KINDS)
            if fault is None:
                return None
            self._counted(fault.kind)
            return fault.kind

    def _counted(self, kind: str) -> None:
        self.count += 1
        self.by_kind[kind] += 1

    def _take_scripted(self, method: str, path: str, kinds: Sequence[str]) -> Fault | None:
        for fault in self._scripted:
            if fault.kind in kinds and fault.matches(method, path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._scripted.remove(fault)
                return fault
        return None

    def _draw(self, method: str, path: str) -> Fault | None:
        chance = self._random
        probe = Fault("", chance.path)
        if not chance.share or not probe.matches(method, path):
            return None
        self._drawn += 1
        die = mix(chance.seed * 1_000_003 + self._drawn)
        if die % 1_000_000 >= chance.share * 1_000_000:
            return None
        after = chance.after_effect if chance.after_effect is not None else bool(die >> 40 & 1)
        kind = chance.kinds[(die >> 20) % len(chance.kinds)]
        return Fault(kind, times=1, after_effect=after, **chance.options)


def _check(kinds: Sequence[str]) -> None:
    unknown = sorted(set(kinds) - {*ANSWER_KINDS, *IMPORT_KINDS})
    if unknown:
        raise ValueError(f"unknown kinds of faults: {', '.join(unknown)}")


def broken(fault: Fault, answer: Callable[[], Reply]) -> Reply:
    """Return the broken answer.

    Args:
        fault: what goes wrong.
        answer: makes the good answer (and has the effect, where the request is a write).
    """
    if fault.kind in _STATUS:
        return Reply(_STATUS[fault.kind], b"upstream error", content_type="text/plain")
    if fault.kind in _SHAPES:
        status, body = _SHAPES[fault.kind]
        return Reply(status, body)
    whole = {
        "status_429": Reply(429, {"message": "Too Many Requests"}, _retry_after(fault.retry_after)),
        "reset": Reply(reset=True),
        "timeout": Reply(hang_seconds=fault.hang_seconds),
        "html": Reply(200, _HTML, content_type="text/html"),
        "empty": Reply(200, b""),
        "bad_token": Reply(403, b""),
    }
    return whole.get(fault.kind) or _cut(fault.kind, answer())


def _retry_after(value: int | str | None) -> dict[str, str]:
    if value is None:
        return {}
    if value == "date":
        return {"Retry-After": formatdate(time.time() + 2, usegmt=True)}
    return {"Retry-After": str(value)}


def _cut(kind: str, reply: Reply) -> Reply:
    if kind == "missing_key":
        if isinstance(reply.body, dict):
            reply.body = {key: value for key, value in reply.body.items() if key == "meta"}
        return reply
    whole = reply.encoded()
    reply.body = whole[: max(1, len(whole) // 2)]
    if kind == "truncated_length":
        reply.declared_bytes, reply.cut = len(whole), True
    return reply
