"""A run: orders are queued as they arrive and delivered in drains; state follows what is done."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.delivery.task import OrderTask, Source
from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.run.limits import DrainTimer, RunLimits
from target_activecampaign.run.state import StateKeeper
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import matching_rules
from target_activecampaign.segmentation.plan import plan_for
from target_activecampaign.ticto.envelopes import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.router import DeliveryRouter
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.run.rejects import RejectFile
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.records import RecordReader

logger = logging.getLogger(__name__)


class Run:
    """Takes records and state in the order of arrival, over all streams.

    Args:
        reader: Reads records.
        accounts: The accounts with their rules; names resolved.
        router: Delivers orders.
        ledger: What has been applied before.
        rejects: Where records go that cannot be applied.
        zone: Zone of Ticto's timestamps.
        limits: How much is queued, and for how long.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        reader: RecordReader,
        accounts: Sequence[Account],
        router: DeliveryRouter,
        ledger: Ledger,
        rejects: RejectFile,
        zone: tzinfo,
        limits: RunLimits | None = None,
    ) -> None:
        self.summary = Summary()
        self._reader = reader
        self._accounts = accounts
        self._router = router
        self._ledger = ledger
        self._rejects = rejects
        self._zone = zone
        self._timer = DrainTimer(limits or RunLimits())
        self._state = StateKeeper()
        self._queue: list[OrderTask] = []
        # What is queued and not done -> its number in the queue.
        self._unfinished: dict[OrderTask, int] = {}

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record: reject it, ignore it, or queue what it asks for."""
        try:
            recognised = self._reader.read(record)
        except UnusableOrderError as error:
            self.reject(stream, record, error.reason, error.remedy)
            return
        source = Source(stream, msgspec.json.encode(recognised.body))
        for order in recognised.orders:
            tasks = list(self._tasks_for(order, source))
            if not tasks:
                self.summary.count(Outcome.IGNORED)
            for task in tasks:
                self._enqueue(task)
        self.drain_if_due()

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""
        token_was_right = self._reader.has_right_token(record)
        self._rejects.add(stream, body_of(record), reason, remedy, token_was_right=token_was_right)
        self.summary.count(Outcome.REJECTED)

    def add_state(self, value: Any) -> None:
        """Take in a STATE message."""
        self._state.add(value, orders_before=len(self._queue))
        self.checkpoint()
        self.drain_if_due()

    def drain(self) -> None:
        """Deliver everything that is queued, and pass on the state that follows from it.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """
        stuck: list[DeliveryIncompleteError] = []
        try:
            for account in self._accounts:
                tasks = [task for task in self._queue if task.account_key == account.account_key]
                try:
                    self._router.deliver(account, tasks, self)
                except DeliveryIncompleteError as error:
                    stuck.append(error)
        finally:
            self.checkpoint()
        if stuck:
            raise stuck[0]
        self._queue.clear()
        self._unfinished.clear()
        self._timer.drained()

    def drain_if_due(self) -> float | None:
        """Deliver what is queued if it is much, or has waited long.

        Returns:
            Seconds after which the queue is due, or None if nothing is queued.
        """
        if self._timer.seconds_left() == 0.0:
            self.drain()
        return self._timer.seconds_left()

    # --- outcomes of deliveries -----------------------------------------------------------------

    def applied(self, tasks: Sequence[OrderTask]) -> None:
        """Note that tasks have been carried out in full."""
        if not tasks:
            return
        self._ledger.events.done([task.event_key for task in tasks])
        for task in tasks:
            self._finish(task, Outcome.APPLIED)

    def skipped(self, task: OrderTask, outcome: Outcome) -> None:
        """Note that a task is not carried out, and why."""
        self._finish(task, outcome)

    def rejected(self, task: OrderTask, reason: str, remedy: str) -> None:
        """Note that a task cannot be carried out. Its token was right, or it would be no task."""
        record = msgspec.json.decode(task.source.record)
        self._rejects.add(task.source.stream, record, reason, remedy, token_was_right=True)
        self._ledger.events.release([task.event_key])
        self._finish(task, Outcome.REJECTED)

    def checkpoint(self) -> None:
        """Pass on the newest state before which everything is done."""
        self._state.pass_on(self._unfinished.values())

    # --- the queue ------------------------------------------------------------------------------

    def _enqueue(self, task: OrderTask) -> None:
        self._timer.queued()
        self._unfinished[task] = len(self._queue)
        self._queue.append(task)

    def _finish(self, task: OrderTask, outcome: Outcome) -> None:
        self.summary.count(outcome, task.rule_labels)
        self._unfinished.pop(task, None)

    def _tasks_for(self, order: Order, source: Source) -> Iterator[OrderTask]:
        for account in self._accounts:
            rules = matching_rules(account.rules, order)
            if not rules:
                continue
            yield OrderTask(
                identity=identify(
                    order,
                    account_key=account.account_key,
                    base_url=account.base_url,
                    key=self._ledger.key,
                ),
                account_key=account.account_key,
                plan=plan_for(order, rules, account.ids, self._zone),
                rule_labels=tuple(rule.label for rule in rules),
                source=source,
            )
