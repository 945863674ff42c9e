"""A run: orders are queued as they arrive and delivered in drains; state follows what is done."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.delivery.task import ArrivedOrder, Source
from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome import REASONS, Outcome
from target_activecampaign.events.outcome_store import NotedOutcome
from target_activecampaign.run.limits import DrainTimer, RunLimits
from target_activecampaign.run.state import StateKeeper
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import may_match
from target_activecampaign.ticto.envelopes import body_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.router import DeliveryRouter
    from target_activecampaign.delivery.task import OrderTask
    from target_activecampaign.events.decision import Decision
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
        limits: RunLimits | None = None,
    ) -> None:
        self.summary = Summary()
        self._reader = reader
        self._accounts = accounts
        self._router = router
        self._ledger = ledger
        self._rejects = rejects
        self._timer = DrainTimer(limits or RunLimits())
        self._state = StateKeeper()
        self._queue: list[ArrivedOrder] = []
        # What is queued and not done -> its number in the queue.
        self._unfinished: dict[ArrivedOrder, int] = {}
        self._lists_left: dict[OrderTask, frozenset[int]] = {}
        self._noted: list[NotedOutcome] = []
        self._was_full = False

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record: reject it, or queue its orders for every account."""
        try:
            recognised = self._reader.read(record)
        except UnusableOrderError as error:
            self.reject(stream, record, error.reason, error.remedy)
            return
        source = Source(stream, msgspec.json.encode(recognised.body))
        for order in recognised.orders:
            arrived = [self._arrived(order, account, source) for account in self._accounts]
            # An order that fires no rule of any account counts once.
            if not any(one.may_fire for one in arrived):
                self.summary.count(Outcome.IGNORED)
            for one in arrived:
                self._enqueue(one)
        self.drain_if_due()

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""
        token_was_right = self._reader.has_right_token(record)
        self._rejects.add(stream, body_of(record), reason, remedy, token_was_right=token_was_right)
        self.summary.count(Outcome.REJECTED)

    def add_state(self, value: Any) -> None:
        """Take in a STATE message. It takes no place in the queue."""
        self._state.add(value, orders_before=len(self._queue))
        self.checkpoint()
        self.drain_if_due()

    def drain(self) -> None:
        """Deliver everything that is queued, and pass on the state that follows from it.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """
        is_leftover, self._was_full = self._was_full, self._timer.is_full
        stuck: list[DeliveryIncompleteError] = []
        try:
            for account in self._accounts:
                arrived = [one for one in self._queue if one.account_key == account.account_key]
                try:
                    self._router.deliver(account, arrived, self, is_leftover=is_leftover)
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
        noted = []
        for task in tasks:
            is_left = bool(self._lists_left.get(task))
            outcome = Outcome.LEFT_LIST if is_left else Outcome.APPLIED
            reason = REASONS[outcome] if is_left else task.decision.reason
            noted.append(_noted(task.decision, outcome, reason))
        self._ledger.finish([(task.identity, task.decision.change) for task in tasks], noted)
        for task in tasks:
            self.summary.applied(task.decision, self._lists_left.pop(task, frozenset()))
            self._unfinished.pop(task.decision.arrived, None)

    def left_list(self, task: OrderTask, list_id: int) -> None:
        """Note that a task, carried out else, does not subscribe someone who has left a list."""
        self._lists_left[task] = self._lists_left.get(task, frozenset()) | {list_id}

    def not_applied(self, decisions: Sequence[Decision[ArrivedOrder]]) -> None:
        """Note orders that are not carried out; each says why."""
        for decision in decisions:
            if decision.outcome is not Outcome.IGNORED:
                self.summary.not_applied(decision)
            elif decision.arrived.may_fire:
                # It might have fired a rule, had it not turned out to be a renewal, or none.
                self.summary.count(Outcome.IGNORED)
            self._finish(decision, decision.outcome, decision.reason)

    def rejected(self, task: OrderTask, reason: str, remedy: str) -> None:
        """Note that a task cannot be carried out. Its token was right, or it would be no task."""
        source = task.decision.arrived.source
        record = msgspec.json.decode(source.record)
        self._rejects.add(source.stream, record, reason, remedy, token_was_right=True)
        self._ledger.events.release([task.event_key])
        self._lists_left.pop(task, None)
        self.summary.count(Outcome.REJECTED, [rule.label for rule in task.decision.rules])
        self._finish(task.decision, Outcome.REJECTED, reason)

    def checkpoint(self) -> None:
        """Write down what became of orders, then pass on the state that follows from it."""
        self._ledger.outcomes.note(self._noted)
        self._noted.clear()
        self._state.pass_on(self._unfinished.values())

    # --- the queue ------------------------------------------------------------------------------

    def _enqueue(self, arrived: ArrivedOrder) -> None:
        self._timer.queued()
        self._unfinished[arrived] = len(self._queue)
        self._queue.append(arrived)

    def _finish(
        self, decision: Decision[ArrivedOrder], outcome: Outcome, reason: str | None
    ) -> None:
        self._noted.append(_noted(decision, outcome, reason))
        self._unfinished.pop(decision.arrived, None)

    def _arrived(self, order: Order, account: Account, source: Source) -> ArrivedOrder:
        identity = identify(
            order,
            account_key=account.account_key,
            base_url=account.base_url,
            key=self._ledger.key,
        )
        return ArrivedOrder(
            identity, order, account.account_key, may_match(account.rules, order), source
        )


def _noted(decision: Decision[ArrivedOrder], outcome: Outcome, reason: str | None) -> NotedOutcome:
    rules = decision.rules or decision.outdated_rules
    titles = tuple(rule.label for rule in rules)
    return NotedOutcome(decision.identity.event_key, outcome, titles, reason)
