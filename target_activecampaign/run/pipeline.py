"""A run: orders are queued as they arrive, delivered in drains, and state follows what is done."""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from target_activecampaign.delivery.imports import ImportStuckError
from target_activecampaign.delivery.task import Work
from target_activecampaign.errors import TargetError, UnusableOrderError
from target_activecampaign.events.sequence import Event
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import matching_rules
from target_activecampaign.segmentation.plan import plan_for
from target_activecampaign.ticto.envelopes import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.router import Delivery
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.run.rejects import Rejects
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.records import Intake

logger = logging.getLogger(__name__)

# Orders of one drain: as many as twenty imports carry.
_MOST_QUEUED: Final = 5000
_LONGEST_QUEUED_SECONDS: Final = 60.0
_STOPPING_SIGNALS: Final = frozenset((signal.SIGTERM, signal.SIGINT))


@dataclass
class _State:
    """A STATE message, to be passed on when everything before it is done."""

    value: Any


class Run:
    """Takes records and state in the order of arrival, over all streams.

    Args:
        intake: Reads records.
        accounts: The accounts with their rules; names resolved.
        delivery: How orders are delivered.
        ledger: What has been applied before.
        rejects: Where records go that cannot be applied.
        zone: Zone of Ticto's stamps.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        intake: Intake,
        accounts: Sequence[Account],
        delivery: Delivery,
        ledger: Ledger,
        rejects: Rejects,
        zone: tzinfo,
    ) -> None:
        self.summary = Summary()
        self._intake = intake
        self._accounts = accounts
        self._delivery = delivery
        self._ledger = ledger
        self._rejects = rejects
        self._zone = zone
        self._queue: list[Work | _State] = []
        self._queued_since = 0.0
        self._finished: set[int] = set()
        self._passed_on: Any = None

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record: reject it, ignore it, or queue what it asks for."""
        try:
            arrival = self._intake.read(record)
        except UnusableOrderError as error:
            self.reject(stream, record, error.reason, error.remedy)
            return
        for order in arrival.orders:
            self._add_order(stream, arrival.body, order)
        self.drain_if_due()

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""
        token_was_right = self._intake.has_right_token(record)
        self._rejects.add(stream, body_of(record), reason, remedy, token_was_right=token_was_right)
        self.summary.count("rejected")

    def add_state(self, value: Any) -> None:
        """Take in a STATE message."""
        self._queue.append(_State(value))
        self.drain_if_due()

    def drain(self) -> None:
        """Deliver everything that is queued, and pass on the state that follows from it."""
        stuck: list[ImportStuckError] = []
        try:
            for account in self._accounts:
                works = [
                    work
                    for work in self._queue
                    if isinstance(work, Work) and work.account_name == account.ledger_name
                ]
                try:
                    for _ in self._delivery.deliver(account, works, self):
                        self._pass_on_state()
                except ImportStuckError as error:
                    stuck.append(error)
        finally:
            self._pass_on_state()
        if stuck:
            raise stuck[0]
        self._queue.clear()
        self._finished.clear()

    def drain_if_due(self) -> float | None:
        """Deliver what is queued if it is much, or has waited long.

        Returns:
            Seconds after which the queue is due, or None if nothing is queued.
        """
        left = self._queued_since + _LONGEST_QUEUED_SECONDS - time.monotonic()
        if len(self._queue) >= _MOST_QUEUED or (self._queue and left <= 0):
            self.drain()
            self._queued_since = time.monotonic()
        return left if self._queue else None

    def finish(self) -> None:
        """Deliver what is left."""
        self.drain()

    def applied(self, works: list[Work]) -> None:
        """Note that work has been applied in full."""
        if not works:
            return
        self._ledger.done([work.event_key for work in works])
        for work in works:
            self._finish(work, "applied")

    def skipped(self, work: Work, verdict: str) -> None:
        """Note that work is stale or a repeat."""
        self._finish(work, verdict)

    def rejected(self, work: Work, reason: str, remedy: str) -> None:
        """Note that work cannot be applied."""
        record = msgspec.json.decode(work.record)
        self._rejects.add(work.stream, record, reason, remedy, token_was_right=work.token_was_right)
        self._ledger.release([work.event_key])
        self._finish(work, "rejected")

    def _finish(self, work: Work, fate: str) -> None:
        self.summary.count(fate, work.labels)
        self._finished.add(work.position)

    def _add_order(self, stream: str, body: dict[str, Any], order: Order) -> None:
        is_ignored = True
        for account in self._accounts:
            rules = matching_rules(account.rules, order)
            if not rules:
                continue
            is_ignored = False
            work = self._work(account, order)
            work.plan = plan_for(order, rules, account.names, self._zone)
            work.labels = tuple(rule.label for rule in rules)
            work.stream = stream
            work.record = msgspec.json.encode(body)
            if not self._queue:
                self._queued_since = time.monotonic()
            self._queue.append(work)
        if is_ignored:
            self.summary.count("ignored")

    def _work(self, account: Account, order: Order) -> Work:
        key = self._ledger.key
        moment = None if order.status_date is None else int(order.status_date.timestamp())
        item_key = key("item", account.ledger_name, *order.item_parts)
        transaction_key = key("transaction", *order.transaction_parts)
        event = Event(order.event, transaction_key, moment, order.is_renewal)
        return Work(
            position=len(self._queue),
            account_name=account.ledger_name,
            event=event,
            item_key=item_key,
            event_key=key("event", item_key, transaction_key, order.event, str(moment)),
            contact_key=key("contact", account.base_url, order.email),
        )

    def _pass_on_state(self) -> None:
        """Write the newest state before which everything is done."""
        newest: _State | None = None
        for position, entry in enumerate(self._queue):
            if isinstance(entry, _State):
                newest = entry
            elif position not in self._finished:
                break
        if newest is None or newest.value == self._passed_on:
            return
        with _uninterrupted():
            try:
                sys.stdout.write(json.dumps(newest.value) + "\n")
                sys.stdout.flush()
            except OSError as error:
                raise TargetError(
                    f"The state cannot be written to standard output: {error.strerror}."
                ) from None
            self._passed_on = newest.value


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back the signals that stop the run, so that no line is cut short."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
