"""What the panel knows of every postback, so that no page has to read them all.

Bodies stay in the inbox. The index keeps what lists and charts show: event, day, product, offer and
a part of the buyer's address. It is a file beside the inbox, made anew whenever it does not fit.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.lenient_json import json_of
from target_activecampaign.panel.index_tables import fired, keys, metadata, names, orders, settings
from target_activecampaign.panel.masking import masked_email
from target_activecampaign.ticto import Order, orders_in
from target_activecampaign.ticto.envelopes import body_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from target_activecampaign.inbox.store import Postback, Store

logger = logging.getLogger(__name__)

_VERSION: Final = "4"
PRODUCT: Final = "product"
OFFER: Final = "offer"
# A postback that commits late may have a lower id than one that is indexed already. Each receiver
# commits up to 200 at once, and several of them may share an inbox.
OVERLAP: Final = 2_000
_MILLISECONDS: Final = 1000


class OrderIndex:
    """The index of one inbox.

    Args:
        store: The inbox.
        path: The index's file; its owner only can read it.
        zone: Zone of Ticto's stamps; days begin and end there.
        key: Keys the hashes of addresses, by which an address is found.
    """

    def __init__(self, store: Store, path: Path, zone: tzinfo, key: bytes) -> None:
        self._store = store
        self._zone = zone
        self._key = key
        self._lock = threading.Lock()
        self.engine = _engine(path)
        self._prepare()

    # --- upkeep -----------------------------------------------------------------------------

    def catch_up(self, most: int) -> int:
        """Index postbacks that have come since.

        Args:
            most: How many at most.

        Returns:
            How many more there are.

        Raises:
            InboxError: If the inbox cannot be read.
        """
        with self._lock:
            highest, seen = self._store.highest_id(), self.seen()
            late = self._late(seen)
            found = [*late, *self._store.page_after(seen, up_to=highest, limit=most)]
            reached = max(seen, found[-1].id) if found else highest
            if found:
                rows = [row for postback in found for row in self._rows(postback)]
                with self.engine.begin() as connection:
                    if rows:
                        connection.execute(sa.insert(orders), rows)
                        _learn_names(connection, rows)
                    self.put(connection, seen=str(reached))
                    if late:
                        # What became of them is found by their keys, which are learnt in order.
                        keyed = int(self.get(connection, "keyed") or 0)
                        self.put(connection, keyed=str(min(keyed, late[0].id - 1)))
            return max(0, highest - reached)

    def _late(self, seen: int) -> list[Postback]:
        """Return the postbacks that have become visible below those that are indexed."""
        first = max(0, seen - OVERLAP)
        with self.engine.connect() as connection:
            known = connection.scalars(
                sa.select(orders.c.postback_id).where(
                    orders.c.postback_id > first, orders.c.postback_id <= seen
                )
            )
            missing = set(self._store.ids_after(first, up_to=seen)) - set(known)
        return self._store.with_ids(sorted(missing))

    def forget_before(self, received_at: int) -> None:
        """Delete what was received earlier, in milliseconds since 1970."""
        with self._lock, self.engine.begin() as connection:
            old = sa.select(orders.c.postback_id).where(orders.c.received_at < received_at)
            for table in (keys, fired):
                connection.execute(sa.delete(table).where(table.c.postback_id.in_(old)))
            connection.execute(sa.delete(orders).where(orders.c.received_at < received_at))

    def behind(self) -> int:
        """Return how many postbacks are not indexed yet, at most."""
        return max(0, self._store.highest_id() - self.seen())

    def close(self) -> None:
        """Close the file."""
        self.engine.dispose()

    def email_key(self, email: str) -> str:
        """Return what an address is found by."""
        folded = email.strip().casefold().encode(errors="replace")
        return hmac.new(self._key, folded, hashlib.sha256).hexdigest()[:24]

    def seen(self) -> int:
        """Return the highest postback that is indexed."""
        with self.engine.connect() as connection:
            return int(self.get(connection, "seen") or 0)

    @staticmethod
    def get(connection: sa.Connection, name: str) -> str | None:
        """Return what the index remembers under a name."""
        return connection.execute(
            sa.select(settings.c.value).where(settings.c.name == name)
        ).scalar_one_or_none()

    @staticmethod
    def put(connection: sa.Connection, **values: str) -> None:
        """Let the index remember values."""
        connection.execute(sa.delete(settings).where(settings.c.name.in_(values)))
        connection.execute(
            sa.insert(settings), [{"name": name, "value": one} for name, one in values.items()]
        )

    def _prepare(self) -> None:
        """Make the tables, anew if they are those of another version, inbox or zone."""
        inbox = self._store.identity()
        proof = hmac.new(self._key, b"index", hashlib.sha256).hexdigest()[:16]
        made_for = f"{_VERSION} {inbox} {self._zone} {proof}"
        with self.engine.begin() as connection:
            settings.create(connection, checkfirst=True)
            if self.get(connection, "made_for") != made_for:
                metadata.drop_all(connection)
                metadata.create_all(connection)
                self.put(connection, made_for=made_for)

    def _rows(self, postback: Postback) -> Iterator[dict[str, Any]]:
        received = datetime.fromtimestamp(postback.received_at / _MILLISECONDS, timezone.utc)
        common = {
            "postback_id": postback.id,
            "received_at": postback.received_at,
            "day": received.astimezone(self._zone).date().toordinal(),
        }
        try:
            found = list(orders_of(postback.body, self._zone))
            columns = [self._columns(order) for order in found]
        except UnusableOrderError as error:
            reason = error.reason
        except Exception as error:  # noqa: BLE001 - one body must not keep the others from sight
            logger.error("Postback %d: unexpected %s.", postback.id, type(error).__name__)  # noqa: TRY400
            reason = "The panel cannot read it."
        else:
            for position, one in enumerate(columns):
                yield {**common, "position": position, **one}
            return
        unknown = dict.fromkeys(_COLUMNS)
        event = postback.status or ""
        yield {
            **unknown,
            **common,
            "position": 0,
            "event": event,
            "unusable": reason,
            "outcome": "rejected",
        }

    def _columns(self, order: Order) -> dict[str, Any]:
        return {
            "event": order.event,
            "status_date": None
            if order.status_date is None
            else int(order.status_date.timestamp()),
            "product_id": order.product_id,
            "product_name": order.product_name,
            "offer": order.offer_code or order.offer_id or order.offer_name,
            "offer_name": order.offer_name,
            "code": order.order_hash or order.transaction_hash,
            "email_shown": masked_email(order.email),
            "email_key": self.email_key(order.email),
            "unusable": None,
            "outcome": None,
        }


_COLUMNS: Final = tuple(column.name for column in orders.columns)


def orders_of(body: str, zone: tzinfo) -> Iterable[Order]:
    """Return the orders in the body of a postback.

    Raises:
        UnusableOrderError: If no rule can be applied to it.
    """
    try:
        record = json_of(body)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise UnusableOrderError(
            "The record is not recognised as an order of Ticto.",
            "Send the body of the postback, or a row of the orders API, as Ticto sent it.",
        )
    return orders_in(body_of(record), zone)


def _learn_names(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what products and offers are called; an order without a name takes none away."""
    found: dict[bool, dict[tuple[str, str], str]] = {True: {}, False: {}}
    for row in rows:
        for kind, key, name in (
            (PRODUCT, row["product_id"], row["product_name"]),
            (OFFER, row["offer"], row["offer_name"]),
        ):
            if key or name:
                found[bool(name)][kind, key or name] = name or key
    for is_named, pairs in found.items():
        if pairs:
            connection.execute(
                sa.insert(names).prefix_with("OR REPLACE" if is_named else "OR IGNORE"),
                [{"kind": kind, "key": key, "name": name} for (kind, key), name in pairs.items()],
            )


def _engine(path: Path) -> sa.Engine:
    # Created here so that nobody else may read it; SQLite would ask the umask only.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engine = sa.create_engine(
        f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": 10}
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    sa.event.listen(engine, "connect", prepare)
    return engine
