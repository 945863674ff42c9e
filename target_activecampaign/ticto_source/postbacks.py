"""The stream of postbacks: what the inbox has received, in the order in which it was received."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Final

from singer_sdk import typing as th
from typing_extensions import override

from target_activecampaign.inbox.store import Postback, Store
from target_activecampaign.lenient_json import json_of
from target_activecampaign.ticto_source.errors import TictoSourceError
from target_activecampaign.ticto_source.fitting import without_nul
from target_activecampaign.ticto_source.progress import MissingIds
from target_activecampaign.ticto_source.stream import TictoStream

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bodies may be as large as a megabyte.
_PAGE_ROWS: Final = 100
_INBOX: Final = "inbox"
_MISSING: Final = "missing"


class Postbacks(TictoStream):
    """Postbacks of the inbox."""

    name = "postbacks"
    needed_setting = "inbox_url"
    primary_keys: ClassVar[tuple[str, ...]] = ("id",)
    replication_key = "id"
    is_sorted = True
    # An id that became visible late comes before the newer ones, and is lower than the bookmark.
    check_sorted = False
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "id",
            th.IntegerType,
            required=True,
            nullable=False,
            description="Number of the postback in the inbox.",
        ),
        th.Property(
            "received_at", th.DateTimeType, description="When the inbox received it, in UTC."
        ),
        th.Property(
            "body",
            th.ObjectType(additional_properties=True),
            description="The body as Ticto sent it, without its token.",
        ),
    ).to_dict()

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        store = Store(self.config["inbox_url"])
        try:
            yield from self._read(store)
        finally:
            store.close()

    def _read(self, store: Store) -> Iterator[dict[str, Any]]:
        state = self.stream_state
        begin = self._begin(store)
        missing = MissingIds(state.get(_MISSING) if begin else None, datetime.now(timezone.utc))
        # Only so far: while postbacks pour in, a run would never end.
        highest = store.highest_id()
        state[_INBOX] = {**(self._known_inbox() if begin else {}), "identity": store.identity()}
        state[_MISSING] = missing.to_state()
        for late in store.with_ids(missing.ids):
            missing.found(late.id)
            yield from self._records(late)
        before, newest = begin, None
        while page := store.page_after(before, up_to=highest, limit=_PAGE_ROWS):
            for postback in page:
                missing.add_gap(before, postback.id, _moment(postback.received_at))
                # Before the bookmark passes them.
                state[_MISSING] = missing.to_state()
                yield from self._records(postback)
                before, newest = postback.id, postback
        state["replication_key"] = self.replication_key
        state["replication_key_value"] = before
        state[_MISSING] = missing.to_state()
        if newest is not None:
            state[_INBOX]["received_at"] = newest.received_at

    def _begin(self, store: Store) -> int:
        """Return the id after which to begin: the bookmark, if it is one of this inbox."""
        bookmark = self.get_starting_replication_key_value(None)
        if bookmark is None:
            return 0
        if isinstance(bookmark, bool) or not isinstance(bookmark, int) or bookmark < 0:
            raise TictoSourceError("The state's bookmark is no id of a postback.")
        known = self._known_inbox()
        identity = known.get("identity")
        at_bookmark = next(iter(store.with_ids([bookmark])), None)
        received_at = known.get("received_at")
        is_another = identity is not None and identity != store.identity()
        is_restored = store.last_given_id() < bookmark or (
            at_bookmark is not None
            and received_at is not None
            and received_at != at_bookmark.received_at
        )
        if is_another or is_restored:
            self.logger.warning(
                "The inbox is not the one that the state speaks of (it is another one, or was "
                "restored from a backup), so it is read from its beginning. The target applies "
                "nothing twice."
            )
            return 0
        return bookmark

    def _known_inbox(self) -> dict[str, Any]:
        """Return what the state tells of the inbox that its bookmark belongs to."""
        known = self.stream_state.get(_INBOX)
        return known if isinstance(known, dict) else {}

    def _records(self, postback: Postback) -> Iterator[dict[str, Any]]:
        try:
            body = json_of(postback.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            self.logger.warning(
                "Postback %d of the inbox is not JSON any more and is left out.", postback.id
            )
            return
        yield {
            "id": postback.id,
            "received_at": _moment(postback.received_at).isoformat(timespec="milliseconds"),
            "body": without_nul(body) if "\\u0000" in postback.body else body,
        }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
