"""From bytes to a body that can be kept: readable, without its token, known when it comes again.

A body is kept as it came, number for number. Taken out is only the token, which has done its work
when it has been compared. Refused is what no program behind the inbox could read: one such body
would stop every postback after it.
"""

from __future__ import annotations

import codecs
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from target_activecampaign.inbox.errors import UnreadableBodyError
from target_activecampaign.lenient_json import json_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Columns and fields under which relays send the body of a postback.
_ENVELOPES: Final = ("record", "body", "payload", "data", "message", "event", "json")
_DEEPEST_ENVELOPE: Final = 3
# Deeper than any order, and far from what readers of JSON give up at.
_DEEPEST: Final = 64
_DIGEST_CHARACTERS: Final = 32
_LONGEST_STATUS: Final = 64
# A shorter token would be found in words that have nothing to do with it.
_SHORTEST_SOUGHT: Final = 8
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_Members = dict[str, msgspec.Raw]


@dataclass(frozen=True)
class Body:
    """A body as it is kept.

    Attributes:
        text: JSON, an object, without its token.
        digest: Equal for bodies that say the same, whatever their spacing and the order of keys.
        status: The event, for searching; None where the body names none.
        tokens: The tokens that the body carried. They are compared and never kept.
    """

    text: str
    digest: str
    status: str | None
    tokens: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Body({self.digest!r})"

    def carries_one_of(self, accepted: Sequence[str]) -> bool:
        """Return whether the body carried an accepted token, in constant time for each."""
        matches = [
            hmac.compare_digest(given.encode(errors="replace"), token.encode(errors="replace"))
            for given in self.tokens
            for token in accepted
        ]
        return any(matches)

    def without(self, secrets: Sequence[str]) -> Body:
        """Return the body with secrets hidden wherever else they occur in it."""
        text = self.text
        for secret in secrets:
            if len(secret) >= _SHORTEST_SOUGHT:
                text = text.replace(secret, "***")
        return self if text == self.text else _body(text, self.tokens)


def decoded(raw: bytes, charset: str | None = None) -> str:
    """Return bytes as text: by their mark, else by the declared charset, else as UTF-8.

    Raises:
        UnreadableBodyError: If the bytes are no such text.
    """
    encoding = charset or "utf-8"
    for mark, marked_encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], marked_encoding
            break
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise UnreadableBodyError("The body is not text in the encoding that it claims.") from None


def from_json(text: str) -> Body:
    """Read a body that is a JSON object.

    Raises:
        UnreadableBodyError: If it is none, or holds what no JSON reader behind the inbox can take.
    """
    parsed = _parsed(text)
    try:
        members = msgspec.json.decode(text, type=_Members)
    except msgspec.DecodeError:
        # Half a letter somewhere; the reader has put a question mark in its place.
        members = msgspec.json.decode(msgspec.json.encode(parsed), type=_Members)
    tokens: list[str] = []
    kept = _without_token(members, tokens, depth=0)
    return _body(msgspec.json.encode(kept).decode(), tuple(tokens))


def from_fields(fields: Mapping[str, str]) -> Body:
    """Read a form whose fields hold the sections of a postback, or a whole one, as JSON text.

    Raises:
        UnreadableBodyError: If nothing in it can be kept.
    """
    if not fields:
        raise UnreadableBodyError("The body is an empty form.")
    members = {name: _field(value) for name, value in fields.items()}
    holds_json = any(bytes(raw)[:1] in {b"{", b"["} for raw in members.values())
    is_flat = bool(fields.get("status", "").strip())
    is_json_itself = len(fields) == 1 and next(iter(fields)).lstrip().startswith("{")
    if not (holds_json or is_flat or is_json_itself):
        raise UnreadableBodyError("The body is a form without JSON text in any field.")
    others = [name for name in members if name.casefold() != "token"]
    if len(others) == 1:
        (name,) = others
        written = bytes(members[name]).decode()
        if written.lstrip().startswith("{"):
            return _with_tokens(from_json(written), fields)
        if not fields[name] and name.lstrip().startswith("{"):
            # A JSON body that was declared as a form.
            return _with_tokens(from_json(name), fields)
    return from_json(msgspec.json.encode(members).decode())


def from_record(record: Mapping[str, Any]) -> Body:
    """Read a body that is at hand as values, such as a row of a table."""
    return from_json(json.dumps(record, ensure_ascii=False))


def _with_tokens(body: Body, fields: Mapping[str, str]) -> Body:
    beside = [value for name, value in fields.items() if name.casefold() == "token"]
    return Body(body.text, body.digest, body.status, (*body.tokens, *beside))


def _field(value: str) -> msgspec.Raw:
    if value.lstrip()[:1] in {"{", "["}:
        try:
            json_of(value)
        except (ValueError, RecursionError):
            pass
        else:
            return msgspec.Raw(value.strip().encode(errors="replace"))
    return msgspec.Raw(json.dumps(value).encode())


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json_of(text)
        # Most bodies have too few openings to be deep.
        openings = text.count("{") + text.count("[")
        deep = openings > _DEEPEST and _depth_exceeds(value, _DEEPEST)
        msgspec.json.encode(value)
    except RecursionError:
        deep = True
    except (ValueError, OverflowError, msgspec.MsgspecError):
        raise UnreadableBodyError(
            "The body is not JSON, or holds a number that no program can read."
        ) from None
    if deep:
        raise UnreadableBodyError("The body is nested too deeply to be an order.")
    if not isinstance(value, dict):
        raise UnreadableBodyError("The body is JSON, but not an object.")
    return value


def _depth_exceeds(value: Any, most: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if most == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    return any(_depth_exceeds(member, most - 1) for member in members)


def _without_token(members: _Members, tokens: list[str], *, depth: int) -> _Members:
    kept: _Members = {}
    for key, raw in members.items():
        if key.casefold() == "token":
            value = msgspec.json.decode(raw)
            tokens.append(value if isinstance(value, str) else bytes(raw).decode())
        elif key.casefold() in _ENVELOPES and depth < _DEEPEST_ENVELOPE:
            kept[key] = _inside(raw, tokens, depth + 1)
        else:
            kept[key] = raw
    return kept


def _inside(raw: msgspec.Raw, tokens: list[str], depth: int) -> msgspec.Raw:
    """Take the token out of a body that stands in a column, as an object or as JSON text."""
    written = bytes(raw).strip()
    if written.startswith(b"{"):
        members = msgspec.json.decode(written, type=_Members)
        return msgspec.Raw(msgspec.json.encode(_without_token(members, tokens, depth=depth)))
    if written.startswith(b'"'):
        text = msgspec.json.decode(written, type=str)
        if text.lstrip().startswith("{"):
            try:
                members = msgspec.json.decode(text, type=_Members)
            except (ValueError, RecursionError):
                return raw
            inner = msgspec.json.encode(_without_token(members, tokens, depth=depth))
            return msgspec.Raw(msgspec.json.encode(inner.decode()))
    return raw


def _body(text: str, tokens: tuple[str, ...]) -> Body:
    value = json_of(text)
    canonical = msgspec.json.encode(value, order="sorted")
    digest = hashlib.sha256(canonical).hexdigest()[:_DIGEST_CHARACTERS]
    return Body(text, digest, _status(value), tokens)


def _status(value: Any, depth: int = 0) -> str | None:
    """Return the event of a body: of a postback, an API row, a panel row, or one inside of it."""
    if not isinstance(value, dict):
        return None
    transaction = value.get("transaction")
    in_transaction = transaction.get("status") if isinstance(transaction, dict) else None
    for status in (value.get("status"), in_transaction, value.get("Status")):
        if isinstance(status, str) and status.strip():
            return status.strip()[:_LONGEST_STATUS].replace("\0", "")
    if depth < _DEEPEST_ENVELOPE:
        for key in _ENVELOPES:
            inner = value.get(key)
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                try:
                    inner = json_of(inner)
                except (ValueError, RecursionError):
                    continue
            found = _status(inner, depth + 1)
            if found is not None:
                return found
    return None
