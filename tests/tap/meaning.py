"""Whether a value of a record means what the wire said, judged without the tap's own coercion."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

SERVER_ZONE = ZoneInfo("America/Chicago")
EMPTY: tuple[Any, ...] = (None, "", "0000-00-00", "0000-00-00 00:00:00")
_FLAGS = {"0": False, "1": True, "false": False, "true": True}


def same(schema: dict[str, Any], wire: Any, value: Any) -> bool:  # noqa: PLR0911
    """Return whether a record's value is what its schema makes of the wire's value."""
    kind, kind_of_text = _kind(schema), schema.get("format")
    if kind == "string" and kind_of_text is None:
        return bool(value == _as_text(wire))
    if wire in EMPTY:
        return value is None
    if kind == "string":
        return value is not None and _instant(wire) == _instant(value)
    if kind == "boolean":
        return value is _FLAGS.get(str(wire).lower())
    if kind in {"integer", "number"}:
        number = wire["id"] if isinstance(wire, dict) else wire
        return bool(type(value) in {int, float} and float(value) == float(number))
    if kind == "array":
        return len(wire) == len(value) and all(
            same(schema["items"], one, other) for one, other in zip(wire, value, strict=True)
        )
    if "properties" in schema:
        return same_object(schema, wire or {}, value)
    return bool(value == (wire or {}))


def same_object(schema: dict[str, Any], wire: dict[str, Any], value: dict[str, Any]) -> bool:
    """Return whether each property is what the wire says, and those it does not say are null."""
    named = {snake(name): one for name, one in wire.items()}
    return all(
        same(inner, named.get(name), value[name]) if name in named else value[name] is None
        for name, inner in schema["properties"].items()
    )


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _kind(schema: dict[str, Any]) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return str(next(kind for kind in types if kind != "null"))


def _as_text(wire: Any) -> str | None:
    if wire is None or isinstance(wire, str):
        return wire
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":"))


def _instant(text: str) -> datetime:
    """Read the wire's stamps and the records' alike; nanoseconds are cut to microseconds."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    text = re.sub(r"\.(\d{1,5})(?=$|[+-])", lambda found: f".{found[1]:0<6}", text)
    text = re.sub(r"(?<=[T ])(\d)(?=:)", r"0\1", text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SERVER_ZONE)
    return moment.astimezone(timezone.utc)
