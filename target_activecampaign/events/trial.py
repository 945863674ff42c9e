"""What rules would do with an order, and why others would not: for the dry run and for trials."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from target_activecampaign.events.decision import account_rules
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome import KEPT, Outcome
from target_activecampaign.events.past import Past
from target_activecampaign.events.triage import triage
from target_activecampaign.segmentation.describe import described
from target_activecampaign.segmentation.plan import ResolvedIds, plan_for

if TYPE_CHECKING:
    from datetime import tzinfo

    from target_activecampaign.events.decision import Arrived, Decision
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.segmentation import Rule
    from target_activecampaign.ticto import Order


@dataclass(frozen=True)
class TrialAccount:
    """An account as far as a trial knows it.

    Attributes:
        rules: In the order written.
        account_key: What the events of the account are filed under.
        base_url: Address of its API, if one is set.
        ids: Ids behind the names of the rules, or None where no account has been asked.
    """

    rules: tuple[Rule, ...]
    account_key: str = ""
    base_url: str = ""
    ids: ResolvedIds | None = None

    @cached_property
    def known_ids(self) -> ResolvedIds:
        """The ids; made up where no account has been asked."""
        return self.ids or ResolvedIds.made_up(self.rules)


@dataclass(frozen=True)
class TrialOrder:
    """An order that is tried out, not delivered."""

    identity: EventIdentity
    order: Order = field(repr=False)


@dataclass(frozen=True)
class RulePlan:
    """What one rule would do.

    Attributes:
        rule: Its label.
        steps: What it would do, each as one key with the name of its subject.
        kept: What it would remove, did not another paid order of the contact earn it.
    """

    rule: str
    steps: list[dict[str, Any]]
    kept: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        kept = {"kept": self.kept, "kept_because": KEPT} if self.kept else {}
        return {"rule": self.rule, "steps": self.steps, **kept}


@dataclass(frozen=True)
class Trial:
    """What would become of an order.

    Attributes:
        outcome: What becomes of it.
        reason: Why it would not be applied, or not in full; None if it would.
        plans: What each rule that fires would do.
        rules_not_fired: Label of each other rule -> why.
    """

    outcome: Outcome
    reason: str | None
    plans: tuple[RulePlan, ...]
    rules_not_fired: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {
            "outcome": self.outcome.value,
            **reason,
            "plan": [plan.to_dict() for plan in self.plans],
            "rules_not_fired": self.rules_not_fired,
        }


def explained(decision: Decision[Arrived], ids: ResolvedIds, zone: tzinfo) -> Trial:
    """Return a decision in the words of the rules. It shows nothing of the buyer.

    Args:
        decision: What was decided.
        ids: Ids of the account's lists, fields and automations.
        zone: Zone of Ticto's timestamps.
    """
    is_applied = decision.outcome is Outcome.APPLIED
    plans = [_rule_plan(rule, decision, ids, zone) for rule in decision.rules if is_applied]
    return Trial(decision.outcome, decision.reason, tuple(plans), dict(decision.rules_against))


def _rule_plan(rule: Rule, decision: Decision[Arrived], ids: ResolvedIds, zone: tzinfo) -> RulePlan:
    kept = [one.step for one in decision.kept if one.rule_label == rule.label]
    plan = plan_for(decision.arrived.order, [rule], ids, zone)
    steps = [step for step in plan.steps if step not in kept]
    return RulePlan(rule.label, described(steps, ids), described(kept, ids))


def try_order(
    order: Order, account: TrialAccount, *, zone: tzinfo, ledger: Ledger | None = None
) -> Trial:
    """Return what rules would do with an order, without the network and without writing anything.

    Args:
        order: The order.
        account: The rules.
        zone: Zone of Ticto's timestamps.
        ledger: What has been applied before; left out, nothing has.
    """
    key = ledger.key if ledger is not None else _joined
    identity = identify(order, account_key=account.account_key, base_url=account.base_url, key=key)
    past = ledger.read_past([identity]) if ledger is not None else Past()
    rules = account_rules(account.rules, account.known_ids, zone, key)
    (decision,) = triage([TrialOrder(identity, order)], past, rules)
    return explained(decision, account.known_ids, zone)


def _joined(*parts: str) -> str:
    return "\x1f".join(parts)
