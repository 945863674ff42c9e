"""Reading Singer messages: a line that breaks the specification gets one sentence."""

from __future__ import annotations

import codecs
import io
import select
import sys
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Final, cast

from singer_sdk.singerlib.encoding import GenericSingerReader, SingerMessageType
from typing_extensions import override

from target_activecampaign.errors import InputError
from target_activecampaign.lenient_json import json_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK_BYTES: Final = 262_144
_NEEDED: dict[str, dict[str, type]] = {
    SingerMessageType.RECORD.value: {"stream": str, "record": dict},
    SingerMessageType.SCHEMA.value: {"stream": str, "schema": dict},
    SingerMessageType.STATE.value: {"value": object},
    SingerMessageType.ACTIVATE_VERSION.value: {"stream": str},
    SingerMessageType.BATCH.value: {"stream": str, "encoding": dict, "manifest": list},
}


class OrderReader(GenericSingerReader[bytes]):
    """Reads messages.

    STATE goes to `on_state`: it may leave only after the orders before it are done.

    Args:
        on_state: Takes the value of each STATE message.
        on_wait: Called before waiting for more input. Returns after how many seconds of silence it
            wants to be called again, or None.
    """

    def __init__(
        self, *, on_state: Callable[[Any], None], on_wait: Callable[[], float | None]
    ) -> None:
        super().__init__()
        self._on_state = on_state
        self._on_wait = on_wait

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
            for number, line in enumerate(self._lines(file_input or self.default_input), start=1):
                written = _without_mark(line) if number == 1 else line
                if not written.strip():
                    continue
                message = self._message(written, number)
                kind = message["type"]
                if kind == SingerMessageType.STATE.value:
                    self._on_state(message["value"])
                elif kind not in ignored_versions:
                    callbacks[kind](message)
                counts[kind] += 1
        except UnicodeDecodeError:
            # The input decodes its lines itself.
            raise InputError(_not_utf_8(number + 1)) from None
        return counts

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield lines; while none comes, call `on_wait` when it wants to be called."""
        ready = _readiness(file)
        if ready is None:
            yield from file
            return
        unfinished: list[bytes] = []
        while True:
            while not ready.poll(_milliseconds(self._on_wait())):
                pass
            chunk = cast("io.BufferedReader", file).read1(_CHUNK_BYTES)
            first, *others = chunk.split(b"\n")
            unfinished.append(first)
            for start in others:
                yield b"".join(unfinished)
                unfinished = [start]
            if not chunk:
                break
        yield b"".join(unfinished)

    def _message(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            message: Any = self.deserialize_json(line)
        except RecursionError:
            raise InputError(
                f"Line {number} of the input is nested too deeply to be an order. Take it out of "
                f"the input, and run again from the last state."
            ) from None
        except ValueError:
            if not _is_utf_8(line):
                raise InputError(_not_utf_8(number)) from None
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
        if kind == SingerMessageType.SCHEMA.value and message["schema"].get("properties") is None:
            # A loose schema is as good as any here; the SDK wants the key.
            message["schema"] = {**message["schema"], "properties": {}}
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


def _readiness(file: IO[bytes]) -> select.poll | None:
    """Return a poll object for the file, or None if it cannot be polled."""
    # Only a buffered file gives what has come without waiting for the rest. Windows cannot poll.
    if not isinstance(file, io.BufferedReader) or not hasattr(select, "poll"):
        return None
    try:
        descriptor = file.fileno()
    except OSError:
        return None
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    return ready


def _milliseconds(seconds: float | None) -> int | None:
    # Rounded up: waking a moment too early would spin.
    return None if seconds is None else max(0, int(seconds * 1000)) + 1


def _without_mark(line: bytes | str) -> bytes:
    """Return the first line without the mark that some programs put before UTF-8."""
    if isinstance(line, str):
        return line.removeprefix("\ufeff").encode(errors="surrogatepass")
    return line.removeprefix(codecs.BOM_UTF8)


def _is_utf_8(line: bytes | str) -> bool:
    """Return whether a line is text, though it may be cut within a letter."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(
            line.encode(errors="surrogatepass") if isinstance(line, str) else line
        )
    except UnicodeDecodeError:
        return False
    return True


def _not_utf_8(number: int) -> str:
    return (
        f"Line {number} of the input is not UTF-8 text. Let the tap write UTF-8, and run again "
        f"from the last state."
    )
