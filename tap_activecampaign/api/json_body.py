"""JSON of ActiveCampaign, read also where parsers of JSON disagree on it.

What PHP cuts off, copies or forgets to escape ends up in single texts of single rows: half of an
emoji, a NUL, a byte that is no UTF-8, a raw line break. One such text must not cost the page it
stands on. So it is repaired here, once for everything that reads a body:

- NUL characters are left out, because PostgreSQL stores none;
- half a surrogate pair, and bytes that are not UTF-8, become U+FFFD, because no encoder takes them;
- a byte order mark is skipped, and raw control characters are taken as they are.
"""

from __future__ import annotations

import enum
import json
import logging
import math
import re
import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec

logger = logging.getLogger(__name__)

_BYTE_ORDER_MARK = "\ufeff"
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
# JSON can hold a NUL in this spelling only.
_NUL_ESCAPED = b"\\u0000"
_ID_IN_PATH = re.compile(r"[^/ ]*\d[^/ ]*")
# Longer than any number that is one; Python refuses to convert some thousands of digits.
_MOST_DIGITS = 400


class Repair(enum.Enum):
    """What was done to a text, in the past tense."""

    NUL = "NUL characters were left out"
    HALF_PAIR = "halves of surrogate pairs were replaced by U+FFFD"
    NOT_UTF_8 = "bytes that are not UTF-8 were replaced by U+FFFD"


@dataclass(frozen=True)
class JsonBody:
    """A parsed body.

    Attributes:
        content: What it holds. No text in it has a NUL or half a surrogate pair.
        repairs: What had to be repaired, with the name of a property where it was met; empty where
            that is not known.
    """

    content: Any
    repairs: dict[Repair, str] = field(default_factory=dict)


def parse_json(body: bytes) -> JsonBody:
    """Parse a body.

    Args:
        body: The bytes.

    Raises:
        ValueError: If it is not JSON, is cut short, or is nested too deeply to be read.
    """
    if _NUL_ESCAPED not in body:
        try:
            return JsonBody(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        except RecursionError:
            raise ValueError("nested too deeply") from None
    return _Mender().parse(body)


class RepairLog:
    """Tell what had to be repaired, once for each kind of repair and each path."""

    def __init__(self) -> None:
        self._told: set[tuple[str, Repair]] = set()
        self._lock = threading.Lock()

    def tell(self, what: str, repairs: dict[Repair, str]) -> None:
        """Log what was not told before.

        Args:
            what: Method and path. Paths that differ in an id only count as one.
            repairs: As in `JsonBody`.
        """
        path = _ID_IN_PATH.sub("...", what)
        for repair, name in repairs.items():
            with self._lock:
                is_new = (path, repair) not in self._told
                self._told.add((path, repair))
            if is_new:
                logger.warning(
                    "In text of %s%s, %s. Further ones are not reported.",
                    path,
                    f" (property '{name}')" if name else "",
                    repair.value,
                )


class _Mender:
    """Parse one body the long way, and note what is repaired."""

    def __init__(self) -> None:
        self._repairs: dict[Repair, str] = {}

    def parse(self, body: bytes) -> JsonBody:
        text = self._decoded(body).removeprefix(_BYTE_ORDER_MARK)
        try:
            content = json.loads(text, strict=False, parse_int=_number, parse_constant=float)
            return JsonBody(self._mended(content, ""), self._repairs)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def _decoded(self, body: bytes) -> str:
        encoding = json.detect_encoding(body)
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            self._repairs[Repair.NOT_UTF_8] = ""
            return body.decode(encoding, errors="replace")

    def _mended(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            return self._mended_text(value, name)
        if isinstance(value, list):
            return [self._mended(item, name) for item in value]
        if isinstance(value, dict):
            keys = ((self._mended_text(key, name), item) for key, item in value.items())
            return {key: self._mended(item, key) for key, item in keys}
        return value

    def _mended_text(self, text: str, name: str) -> str:
        if "\0" in text:
            self._repairs.setdefault(Repair.NUL, name)
            text = text.replace("\0", "")
        if not text.isascii() and _HALF_PAIR.search(text):
            self._repairs.setdefault(Repair.HALF_PAIR, name)
            text = _HALF_PAIR.sub(_REPLACEMENT, text)
        return text


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf
