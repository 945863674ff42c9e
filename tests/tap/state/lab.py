"""Runs of the tap that follow one another, each beginning at the account's present."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest.mock import PropertyMock, patch

from tap_activecampaign.tap import TapActiveCampaign
from tests.sandbox.data.deals import hidden as is_hidden
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account
    from tests.sandbox.log import LoggedRequest

Record = dict[str, Any]

# The sandbox's collection behind a stream, and a property that tells versions of a row apart.
COLLECTIONS = {
    "contact_tags": ("contactTags", "tag"),
    "contacts": ("contacts", "segmentio_id"),
    "deals": ("deals", "value"),
}

# Later than anything that the sandbox makes by itself.
FIRST_RUN = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


@dataclass
class Run:
    """What one run read and wrote."""

    records: dict[str, list[Record]]
    requests: list[LoggedRequest]
    state: dict[str, Any]
    log: list[tuple[str, str]]

    def ids(self, stream: str) -> list[int]:
        """Return the ids of the records in the order of emission."""
        return [record["id"] for record in self.records[stream]]

    def warnings(self, stream: str) -> list[str]:
        """Return what the run warned of."""
        return [text for level, text in self.log if level == "WARNING" and f"'{stream}'" in text]

    def asked(self, path: str) -> list[LoggedRequest]:
        """Return the requests for a path."""
        return [request for request in self.requests if request.path == path]


@dataclass
class Lab:
    """An account, and a tap that hands its state from run to run.

    Attributes:
        sandbox: The account's server.
        state: What the last run left.
        received: The last record of each row, by stream and id.
    """

    sandbox: Sandbox
    state: dict[str, Any] = field(default_factory=dict)
    received: dict[str, dict[int, Record]] = field(default_factory=dict)
    _versions: Iterator[int] = field(default_factory=lambda: count(1_000_001))

    def __post_init__(self) -> None:
        self.account.clock.set(FIRST_RUN)

    @property
    def account(self) -> Account:
        """The account."""
        return self.sandbox.account

    def run(self, *streams: str, ahead: timedelta = timedelta(0), **settings: Any) -> Run:
        """Run the tap.

        Args:
            streams: What to read.
            ahead: How far this machine's clock is ahead without the server's telling.
            settings: Of the tap.
        """
        self.sandbox.clear_log()
        began_ms = int((self.account.now + ahead).timestamp() * 1000)
        # Copied as a runner does, who keeps it as text.
        state = json.loads(json.dumps(self.state))
        with patch.object(
            TapActiveCampaign, "initialized_at", new_callable=PropertyMock, return_value=began_ms
        ):
            output = sync(self.sandbox, streams, state=state, **settings)
        self.state = output.state
        self.receive(output.records)
        return Run(output.records, self.sandbox.requests, output.state, output.log)

    def receive(self, records: dict[str, list[Record]]) -> None:
        """Do as a destination does that keeps the last record of each row."""
        for stream, received in records.items():
            held = self.received.setdefault(stream, {})
            held.update((record["id"], record) for record in received if "id" in record)

    def touch(self, stream: str, row_id: object, **changes: Any) -> int:
        """Change a row now; return its id."""
        collection, column = COLLECTIONS[stream]
        version = {column: str(next(self._versions))}
        if stream == "contact_tags":
            # Such a row is written once: all its stamps are those of one moment.
            version["cdate"] = self.account.stamp_now()
        self.account.touch(collection, row_id, **version, **changes)
        return int(str(row_id))

    def id_at(self, stream: str, position: int) -> str:
        """Return the id of a row that shows when it changed; hidden deals do not."""
        collection, _ = COLLECTIONS[stream]
        rows = self.account.count(collection)
        while stream == "deals" and is_hidden(position % rows):
            position += 1
        return self.account.id_at(collection, position)

    def outdated(self, stream: str) -> set[int]:
        """Return the ids of the rows whose newest version the destination lacks."""
        collection, column = COLLECTIONS[stream]
        held = self.received.get(stream, {})
        return {
            int(row["id"])
            for row in self.account.rows(collection)
            if int(row["id"]) not in held
            or str(row.get(column)) != str(held[int(row["id"])][column])
        }

    def bookmark(self, stream: str) -> dict[str, Any]:
        """Return what the state holds of a stream."""
        found: dict[str, Any] = self.state["bookmarks"][stream]
        return found

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.account.clock.advance(timedelta(**span).total_seconds())

    def ignore_filters(self, collection: str) -> None:
        """Let the server ignore what it is asked to filter by, as it does with unknown names."""
        held = self.account.collection(collection)
        held.spec = replace(held.spec, filters={})
