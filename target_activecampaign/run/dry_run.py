"""The dry run: what would be done, per order, as JSON lines; nothing is written anywhere."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TextIO

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.events.sequence import Event, Verdict, take
from target_activecampaign.run.summary import Summary
from target_activecampaign.segmentation import reason_against

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.segmentation import Rule
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.records import Intake


class DryRun:
    """Takes records and state like a run, and prints plans. State is kept back.

    A plan names lists, tags, fields and automations, but nothing of the buyer.

    Args:
        intake: Reads records.
        rules: What the ledger files the events of an account under -> the account's rules.
        ledger: What has been applied before; read only.
        out: Where lines go.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        rules: Mapping[str, Sequence[Rule]],
        ledger: Ledger,
        out: TextIO | None = None,
    ) -> None:
        self.summary = Summary()
        self._intake = intake
        self._rules = rules
        self._ledger = ledger
        self._known: dict[str, list[Event]] = {}
        self._out = out or sys.stderr

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record and print what would become of it."""
        try:
            arrival = self._intake.read(record)
        except UnusableOrderError as error:
            self.reject(stream, record, error.reason, error.remedy)
            return
        for order in arrival.orders:
            self._add_order(stream, order)

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""
        del record
        self.summary.count("rejected")
        self._print({"stream": stream, "fate": "rejected", "reason": reason, "what_to_do": remedy})

    def add_state(self, value: Any) -> None:
        """Take in a STATE message: what was not applied must come again."""

    def drain(self) -> None:
        """Do nothing: everything has been printed."""

    def finish(self) -> None:
        """Do nothing: everything has been printed."""

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
        against: dict[str, str] = {}
        for ledger_name, rules in self._rules.items():
            reasons = {rule: reason_against(rule, order) for rule in rules}
            fired = [rule for rule, reason in reasons.items() if reason is None]
            against.update({rule.label: reason for rule, reason in reasons.items() if reason})
            if not fired:
                continue
            is_ignored = False
            verdict = self._verdict(ledger_name, order)
            self.summary.count(verdict.value, [rule.label for rule in fired])
            plan = [_described(rule) for rule in fired] if verdict is Verdict.APPLY else []
            self._print(
                {
                    **about,
                    "fate": verdict.value,
                    "plan": plan,
                    "rules_not_fired": _of(rules, against),
                }
            )
        if is_ignored:
            self.summary.count("ignored")
            self._print({**about, "fate": "ignored", "rules_not_fired": against})

    def _verdict(self, ledger_name: str, order: Order) -> Verdict:
        key = self._ledger.key
        item_key = key("item", ledger_name, *order.item_parts)
        if item_key not in self._known:
            known = self._ledger.history([item_key]).get(item_key, [])
            self._known[item_key] = [past.event for past in known if past.is_done]
        moment = None if order.status_date is None else int(order.status_date.timestamp())
        transaction_key = key("transaction", *order.transaction_parts)
        event = Event(order.event, transaction_key, moment, order.is_renewal)
        return take(event, self._known[item_key])

    def _print(self, line: dict[str, Any]) -> None:
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _of(rules: Iterable[Rule], against: dict[str, str]) -> dict[str, str]:
    return {rule.label: against[rule.label] for rule in rules if rule.label in against}


def _described(rule: Rule) -> dict[str, Any]:
    described = {
        "rule": rule.label,
        "action": rule.action,
        "lists": list(rule.lists),
        "tags": list(rule.tags),
        "fields": dict(rule.fields),
        "automations": list(rule.automations),
        "phone_format": rule.phone_format if rule.action == "add" else None,
        "resubscribe": rule.resubscribe or None,
    }
    return {key: value for key, value in described.items() if value}
