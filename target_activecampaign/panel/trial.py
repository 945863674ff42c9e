"""The trial: which rules an order would fire, what they would do, and why the others would not.

It is the target's own trial. Nothing is asked of any account and nothing is written anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.account.accounts import accounts_for
from target_activecampaign.errors import TargetError, UnusableOrderError
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.trial import RulePlan, TrialAccount, try_order
from target_activecampaign.panel.rule_edits import apply
from target_activecampaign.panel.rules_file import RulesFileError
from target_activecampaign.segmentation import load_rule_sets
from target_activecampaign.settings import data_dir, ledger_url
from target_activecampaign.ticto.records import RecordReader, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from target_activecampaign.panel.rule_edits import Edit
    from target_activecampaign.panel.target_config import TargetConfig
    from target_activecampaign.segmentation import Rule, RuleSet
    from target_activecampaign.ticto import Order

_LISTS: Final = ("segmentations", "integrations")


@dataclass(frozen=True)
class TrialResult:
    """What would become of one order in one account.

    Attributes:
        event: The order's event.
        product: What it is about.
        account: Address of the account; "" if none is set.
        outcome: What the target would do now, with what it has applied before.
        reason: Why it would not be applied, or not in full, in the target's words.
        remedy: What to do about a record that is rejected.
        plans: The rules that it fires, and what they would do; for an order that would not be
            applied, what they would do if it were new.
        not_fired: Label of a rule -> why the order does not fire it.
    """

    event: str = ""
    product: str = ""
    account: str = ""
    outcome: str = Outcome.REJECTED.value
    reason: str = ""
    remedy: str = ""
    plans: Sequence[RulePlan] = ()
    not_fired: Mapping[str, str] = field(default_factory=dict)


class TrialError(Exception):
    """The trial cannot be made. The message is a sentence for the user."""


def try_record(
    target: TargetConfig, record: dict[str, Any], edit: Edit | None = None
) -> list[TrialResult]:
    """Return what would become of a record.

    Args:
        target: The target's configuration.
        record: A postback or a row, as the target takes it.
        edit: A change of the rule file that has not been made yet.

    Raises:
        TrialError: If the rules, the settings or the ledger cannot be used.
    """
    config = _with_rules(target, edit)
    try:
        zone = zone_of(config)
        accounts = list(_trial_accounts(load_rule_sets(config), config))
        recognised = RecordReader.from_config(config).read(record)
        ledger = Ledger(ledger_url(config), lock_dir=data_dir(config), read_only=True)
        try:
            return [
                _result(order, account, zone, ledger)
                for order in recognised.orders
                for account in accounts
            ]
        finally:
            ledger.close()
    except UnusableOrderError as error:
        return [TrialResult(reason=error.reason, remedy=error.remedy)]
    except (TargetError, ActiveCampaignError) as error:
        raise TrialError(str(error)) from None


def _result(order: Order, account: TrialAccount, zone: tzinfo, ledger: Ledger) -> TrialResult:
    known = try_order(order, account, zone=zone, ledger=ledger)
    told = known
    if known.outcome is not Outcome.APPLIED:
        told = try_order(order, account, zone=zone)
    return TrialResult(
        event=order.event,
        product=order.product_name or order.product_id or "",
        account=account.base_url,
        outcome=known.outcome.value,
        reason=known.reason or "",
        plans=told.plans,
        not_fired=told.rules_not_fired,
    )


def _with_rules(target: TargetConfig, edit: Edit | None) -> dict[str, Any]:
    """Return the target's settings with the rules of its file, changed, in place of the file."""
    data: dict[str, Any] = {}
    if target.rules_file is not None:
        try:
            data = target.rules_file.read().data
        except RulesFileError as error:
            raise TrialError(str(error)) from None
    if edit is not None:
        apply(data, edit)
    merged = {key: [*(target.values.get(key) or []), *(data.get(key) or [])] for key in _LISTS}
    # The inbox has compared tokens already, and keeps none.
    config: dict[str, Any] = {**target.values, **merged, "ticto_token": None}
    config.pop("rules_path", None)
    return config


def _trial_accounts(
    rule_sets: Sequence[RuleSet], config: Mapping[str, Any]
) -> Iterator[TrialAccount]:
    if all(rule_set.api_url and rule_set.api_token for rule_set in rule_sets):
        for account in accounts_for(rule_sets, config):
            account.session.close()
            yield TrialAccount(account.rules, account.account_key, account.base_url)
        return
    rules: dict[str, tuple[Rule, ...]] = {}
    for rule_set in rule_sets:
        url = rule_set.api_url or ""
        rules[url] = (*rules.get(url, ()), *rule_set.rules)
    for url, joined in rules.items():
        yield TrialAccount(joined, url, url)
