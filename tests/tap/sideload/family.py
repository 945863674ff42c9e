"""Runs that read the contacts and what hangs on them, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.sandbox.below import of_a_deleted_tag
from tests.tap.runs import sync
from tests.tap.state.lab import FIRST_RUN, Lab

if TYPE_CHECKING:
    from tests.tap.state.lab import Run

# The streams of the figures, with their collections and a property that tells versions apart.
RIDERS = {
    "contact_tags": ("contactTags", "created_by"),
    "contact_lists": ("contactLists", "sourceid"),
    "contact_custom_field_values": ("fieldValues", "created_by"),
}
MEMBERS = ("contacts", *RIDERS)


@dataclass
class Family(Lab):
    """An account, a tap that hands its state on, and a destination that keeps the last records."""

    _touched: int = field(default=0)
    _present_tag: str | None = field(default=None)

    def read(self, *streams: str, **settings: Any) -> Run:
        """Run the tap with sideloading."""
        return self.run(*(streams or MEMBERS), **{"sideload": "auto", **settings})

    def without_gone_tags(self) -> Family:
        """Remove the rows that the account counts though their tag is gone."""
        for row in self.account.rows("contactTags"):
            if of_a_deleted_tag(self.account, row):
                self.account.delete("contactTags", row["id"])
        self.account.clock.set(FIRST_RUN + timedelta(days=1))
        return self

    def change(self, stream: str, position: int) -> int:
        """Change a row now, or add a tag, which never changes; return its id."""
        collection, column = RIDERS[stream]
        if stream == "contact_tags":
            return self.add(stream, self.account.id_at("contacts", position), tag=self._tag())
        self._touched += 1
        while True:
            row_id = self.account.id_at(collection, position)
            try:
                self.account.touch(collection, row_id, **{column: str(1_000 + self._touched)})
            except KeyError:
                # Removed meanwhile.
                position += 1
            else:
                return int(row_id)

    def _tag(self) -> str:
        """Return a tag that is there: what has a tag that is gone does not come with contacts."""
        if self._present_tag is None:
            rows = self.account.rows("contactTags")
            self._present_tag = next(
                str(row["tag"]) for row in rows if not of_a_deleted_tag(self.account, row)
            )
        return self._present_tag

    def add(self, stream: str, contact: str, **values: Any) -> int:
        """Add a row to a contact now; return its id."""
        return int(self.account.insert(RIDERS[stream][0], contact=contact, **values))

    def remove(self, stream: str, position: int) -> None:
        """Remove a row now."""
        collection, _ = RIDERS[stream]
        rows = self.account.rows(collection)
        if rows:
            self.account.delete(collection, rows[position % len(rows)]["id"])

    def by_own_paths(self, *streams: str) -> dict[str, dict[int, dict[str, Any]]]:
        """Return what the streams' own paths give now, by stream and id."""
        output = sync(self.sandbox, streams or MEMBERS)
        return {name: {row["id"]: row for row in rows} for name, rows in output.records.items()}

    def lacking(self, stream: str) -> set[int]:
        """Return the ids of rows whose present version the destination does not have."""
        held = self.received.get(stream, {})
        now = self.by_own_paths(stream)[stream]
        return {row_id for row_id, record in now.items() if held.get(row_id) != record}

    def log_of(self, run: Run, stream: str, level: str) -> list[str]:
        """Return the lines that a run logged of a stream."""
        return [text for one, text in run.log if one == level and f"'{stream}'" in text]
