"""Reading Singer messages: a line that breaks the specification gets one sentence."""

from __future__ import annotations

import sys
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, cast

from singer_sdk.singerlib.encoding import GenericSingerReader, SingerMessageType
from typing_extensions import override

from target_activecampaign.errors import InputError
from target_activecampaign.json_text import json_of

if TYPE_CHECKING:
    from collections.abc import Callable

_NEEDED: dict[str, dict[str, type]] = {
    SingerMessageType.RECORD.value: {"stream": str, "record": dict},
    SingerMessageType.SCHEMA.value: {"stream": str, "schema": dict},
    SingerMessageType.STATE.value: {"value": object},
    SingerMessageType.ACTIVATE_VERSION.value: {"stream": str},
    SingerMessageType.BATCH.value: {"stream": str, "encoding": dict, "manifest": list},
}


class OrderReader(GenericSingerReader[bytes]):
    """Reads messages; hands STATE to its own place, because state waits for the orders before it.

    Attributes:
        on_state: Takes the value of each STATE message.
    """

    on_state: Callable[[Any], None]

    @property
    @override
    def default_input(self) -> IO[bytes]:
        return sys.stdin.buffer

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        return cast("dict[str, Any]", json_of(line))

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        ignored_versions = {SingerMessageType.ACTIVATE_VERSION.value}
        number = 0
        try:
            for number, line in enumerate(file_input or self.default_input, start=1):
                if not line.strip():
                    continue
                message = self._message(line, number)
                kind = message["type"]
                if kind == SingerMessageType.STATE.value:
                    self.on_state(message["value"])
                elif kind not in ignored_versions:
                    callbacks[kind](message)
                counts[kind] += 1
        except UnicodeDecodeError:
            raise InputError(f"Line {number + 1} of the input is not UTF-8 text.") from None
        return counts

    def _message(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            message: Any = self.deserialize_json(line)
        except (ValueError, RecursionError):
            raise InputError(
                f"Line {number} of the input is not JSON, or was cut short. The orders since the "
                f"last state are not lost: run again from there."
            ) from None
        kind = message.get("type") if isinstance(message, dict) else None
        needed = _NEEDED.get(kind) if isinstance(kind, str) else None
        if needed is None:
            raise InputError(f"Line {number} of the input is not a Singer message.")
        for key, kind_of_value in needed.items():
            if not isinstance(message.get(key), kind_of_value) or key not in message:
                raise InputError(
                    f"Line {number} of the input is a {kind} message without a usable {key!r}."
                )
        keys = message.get("key_properties") if kind == SingerMessageType.SCHEMA.value else None
        if keys is not None and not (
            isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        ):
            raise InputError(
                f"Line {number} of the input is a SCHEMA message without usable key_properties."
            )
        return cast("dict[str, Any]", message)

    @staticmethod
    @override
    def assert_line_requires(line_dict: dict[str, Any], requires: set[str]) -> None:
        missing = sorted(requires - set(line_dict))
        if missing:
            raise InputError(f"A Singer message lacks {', '.join(missing)}.")
