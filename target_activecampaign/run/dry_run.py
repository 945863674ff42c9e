"""The dry run: what would be done, per order, as JSON lines; nothing is written anywhere."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.events.decision import account_rules
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome import REASONS, Outcome
from target_activecampaign.events.past import Past
from target_activecampaign.events.triage import triage
from target_activecampaign.events.trial import explained
from target_activecampaign.run.limits import DrainTimer, RunLimits
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import may_match, reason_against

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.events.trial import TrialAccount
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.records import RecordReader


@dataclass(frozen=True, eq=False)
class _Candidate:
    """An order that waits for its outcome.

    Attributes:
        identity: The event.
        order: The order.
        line: The line that tells of it, not finished.
    """

    identity: EventIdentity
    order: Order = field(repr=False)
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
        accounts: Sequence[TrialAccount],
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
        # What is known, and what the drains before would have done.
        self._past = Past()

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
        for account in self._accounts:
            self._judge(account, self._candidates[account.account_key])
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
        arrived = [
            _Candidate(self._identity_of(order, account), order, {}) for account in self._accounts
        ]
        if not any(may_match(account.rules, order) for account in self._accounts):
            self.summary.count(Outcome.IGNORED)
            against = {
                rule.label: reason
                for account in self._accounts
                for rule in account.rules
                if (reason := reason_against(rule, order)) is not None
            }
            self._queue_line({**about, **_ignored(against)})
        for account, candidate in zip(self._accounts, arrived, strict=True):
            if may_match(account.rules, order):
                candidate.line.update(about)
                self._queue_line(candidate.line)
            self._candidates[account.account_key].append(candidate)

    def _identity_of(self, order: Order, account: TrialAccount) -> EventIdentity:
        return identify(
            order,
            account_key=account.account_key,
            base_url=account.base_url,
            key=self._ledger.key,
        )

    def _judge(self, account: TrialAccount, candidates: list[_Candidate]) -> None:
        self._ledger.read_past((one.identity for one in candidates), self._past)
        rules = account_rules(account.rules, account.known_ids, self._zone, self._ledger.key)
        for decision in triage(candidates, self._past, rules):
            # What fires no rule is judged for what the contact holds, and has its line already.
            if not decision.arrived.line:
                continue
            decision.arrived.line.update(
                explained(decision, account.known_ids, self._zone).to_dict()
            )
            if decision.outcome is Outcome.APPLIED:
                self.summary.applied(decision)
            else:
                self.summary.not_applied(decision)


def _ignored(against: dict[str, str]) -> dict[str, Any]:
    return {
        "outcome": Outcome.IGNORED.value,
        "reason": REASONS[Outcome.IGNORED],
        "rules_not_fired": against,
    }
