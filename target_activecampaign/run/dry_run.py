"""The dry run: what would be done, per order, as JSON lines; nothing is written anywhere."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.events.event_store import PastEvent
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.triage import in_order_of_dates, triage
from target_activecampaign.run.limits import DrainTimer, RunLimits
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import reason_against
from target_activecampaign.segmentation.describe import described
from target_activecampaign.segmentation.plan import ResolvedIds, plan_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.segmentation import Rule
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.records import RecordReader


@dataclass(frozen=True)
class DryAccount:
    """An account as far as a dry run knows it.

    Attributes:
        account_key: What the events of the account are filed under.
        base_url: Address of its API, if one is set.
        rules: In the order written.
        ids: Ids behind the names of the rules, made up where no account has been asked.
    """

    account_key: str
    base_url: str
    rules: tuple[Rule, ...]
    ids: ResolvedIds


@dataclass(frozen=True, eq=False)
class _Candidate:
    """An order that fires rules of an account, waiting for its outcome.

    Attributes:
        identity: The event.
        rule_labels: The rules that it fires.
        plan: What they would do.
        line: The line that tells of it, not finished.
    """

    identity: EventIdentity
    rule_labels: tuple[str, ...]
    plan: list[dict[str, Any]] = field(repr=False)
    line: dict[str, Any] = field(repr=False)


class DryRun:
    """Takes records and state like a run, and prints plans. State is kept back.

    Orders are queued as in a run, so that those that come together are judged in the same order. A
    plan names lists, tags, fields and automations, but nothing of the buyer.

    Args:
        reader: Reads records.
        accounts: The accounts with their rules.
        ledger: What has been applied before; read only.
        zone: Zone of Ticto's timestamps.
        limits: How much is queued.
        out: Where lines go.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        reader: RecordReader,
        accounts: Sequence[DryAccount],
        ledger: Ledger,
        zone: tzinfo,
        limits: RunLimits | None = None,
        out: TextIO | None = None,
    ) -> None:
        self.summary = Summary()
        self._reader = reader
        self._accounts = accounts
        self._ledger = ledger
        self._zone = zone
        self._timer = DrainTimer(limits or RunLimits())
        self._out = out or sys.stderr
        self._lines: list[dict[str, Any]] = []
        self._candidates: dict[str, list[_Candidate]] = defaultdict(list)
        # What the drains before would have applied, by item.
        self._applied: dict[str, list[PastEvent]] = defaultdict(list)

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record."""
        try:
            recognised = self._reader.read(record)
        except UnusableOrderError as error:
            self.reject(stream, record, error.reason, error.remedy)
            return
        for order in recognised.orders:
            self._add_order(stream, order)
        self.drain_if_due()

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""
        del record
        self.summary.count(Outcome.REJECTED)
        self._queue_line(
            {
                "stream": stream,
                "outcome": Outcome.REJECTED.value,
                "reason": reason,
                "what_to_do": remedy,
            }
        )

    def add_state(self, value: Any) -> None:
        """Take in a STATE message: what was not applied must come again."""

    def drain(self) -> None:
        """Print what would become of everything that is queued."""
        for candidates in self._candidates.values():
            self._judge(in_order_of_dates(candidates))
        for line in self._lines:
            self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lines.clear()
        self._candidates.clear()
        self._timer.drained()

    def drain_if_due(self) -> float | None:
        """Print what is queued if it is much, or has waited long.

        Returns:
            Seconds after which the queue is due, or None if nothing is queued.
        """
        if self._timer.seconds_left() == 0.0:
            self.drain()
        return self._timer.seconds_left()

    def _queue_line(self, line: dict[str, Any]) -> None:
        self._timer.queued()
        self._lines.append(line)

    def _add_order(self, stream: str, order: Order) -> None:
        about = {
            "stream": stream,
            "event": order.event,
            "status_date": order.status_date and order.status_date.isoformat(),
            "order": order.order_hash or order.transaction_hash,
            "product": order.product_id or order.product_name,
            "offer": order.offer_code or order.offer_id or order.offer_name,
        }
        is_ignored = True
        all_against: dict[str, str] = {}
        for account in self._accounts:
            reasons = {rule: reason_against(rule, order) for rule in account.rules}
            fired = [rule for rule, reason in reasons.items() if reason is None]
            against = {rule.label: reason for rule, reason in reasons.items() if reason}
            all_against |= against
            if not fired:
                continue
            is_ignored = False
            line: dict[str, Any] = {**about, "outcome": "", "plan": [], "rules_not_fired": against}
            self._queue_line(line)
            self._candidates[account.account_key].append(
                self._candidate(account, order, fired, line)
            )
        if is_ignored:
            self.summary.count(Outcome.IGNORED)
            outcome = Outcome.IGNORED.value
            self._queue_line({**about, "outcome": outcome, "rules_not_fired": all_against})

    def _candidate(
        self, account: DryAccount, order: Order, fired: list[Rule], line: dict[str, Any]
    ) -> _Candidate:
        plans = [(rule, plan_for(order, [rule], account.ids, self._zone)) for rule in fired]
        return _Candidate(
            identity=identify(
                order,
                account_key=account.account_key,
                base_url=account.base_url,
                key=self._ledger.key,
            ),
            rule_labels=tuple(rule.label for rule in fired),
            plan=[
                {"rule": rule.label, "steps": described(plan.steps, account.ids)}
                for rule, plan in plans
            ],
            line=line,
        )

    def _judge(self, candidates: list[_Candidate]) -> None:
        item_keys = {candidate.identity.item_key for candidate in candidates}
        history = self._ledger.events.history(item_keys)
        known = {key: [*history.get(key, ()), *self._applied.get(key, ())] for key in item_keys}
        found = triage(candidates, known)
        judged = (
            (Outcome.APPLIED, [*found.fresh, *found.resumed]),
            (Outcome.REPEATED, found.repeated),
            (Outcome.STALE, found.stale),
        )
        for outcome, members in judged:
            for candidate in members:
                self.summary.count(outcome, candidate.rule_labels)
                candidate.line["outcome"] = outcome.value
                if outcome is Outcome.APPLIED:
                    candidate.line["plan"] = candidate.plan
        for candidate in (*found.fresh, *found.resumed, *found.newly_dated):
            identity = candidate.identity
            past = PastEvent(identity.event_key, identity.event, claim=None)
            self._applied[identity.item_key].append(past)
