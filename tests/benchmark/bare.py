"""A tap that does nothing but what the SDK does: it emits records that are there already.

`python -m tests.benchmark.bare SAMPLE COUNTS`, with a file of Singer messages and one that tells
how many records of each stream to emit. The records of the sample are emitted again and again, so
that neither reading nor holding them costs anything. Nothing of the SDK is left out or changed.
"""

from __future__ import annotations

import sys
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import Stream, Tap
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record


class ReadyStream(Stream):
    """A stream of records that were made before.

    Args:
        tap: The tap.
        schema: The message with the stream's schema.
        records: Some records.
        count: How many to emit.
    """

    def __init__(
        self, tap: Tap, schema: Mapping[str, Any], records: Sequence[Record], count: int
    ) -> None:
        super().__init__(tap, schema=schema["schema"], name=schema["stream"])
        self.primary_keys = schema["key_properties"]
        self.replication_key = next(iter(schema.get("bookmark_properties") or ()), None)
        self._records = records
        self._count = count

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        return islice(cycle(self._records), self._count)


class TapReady(Tap):
    """A tap of such streams."""

    name = "tap-ready"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    messages: ClassVar[Sequence[dict[str, Any]]] = ()
    counts: ClassVar[Mapping[str, int]] = {}

    @override
    def discover_streams(self) -> Sequence[Stream]:
        records: dict[str, list[Record]] = {}
        for message in self.messages:
            if message["type"] == "RECORD":
                records.setdefault(message["stream"], []).append(message["record"])
        schemas = {one["stream"]: one for one in self.messages if one["type"] == "SCHEMA"}
        return [
            ReadyStream(self, schema, records[name], self.counts[name])
            for name, schema in schemas.items()
        ]


if __name__ == "__main__":
    sample, counts = map(Path, sys.argv[1:])
    TapReady.messages = list(map(msgspec.json.decode, sample.read_bytes().splitlines()))
    TapReady.counts = msgspec.json.decode(counts.read_bytes())
    TapReady(config={}).sync_all()
