"""The tap's promise, as the reviewed snapshots hold it: its streams in alphabetical order."""

from __future__ import annotations

import json
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"

_REVIEWED = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(SNAPSHOTS.glob("*.json"))
}

EXPECTED = tuple(_REVIEWED)

# Each costs a request, or more, for each row of another stream.
OPT_IN = tuple(
    name for name, entry in _REVIEWED.items() if not entry["metadata"]["selected-by-default"]
)

FULL_TABLE = tuple(
    name for name, entry in _REVIEWED.items() if entry["replication_method"] == "FULL_TABLE"
)
