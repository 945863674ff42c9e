"""The trial: which rules an order would fire and what they would do, by the target's own dry run.

Nothing is asked of any account and nothing is written anywhere.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.account.accounts import accounts_for
from target_activecampaign.errors import RuleError, TargetError
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.trial import TrialAccount
from target_activecampaign.panel.rule_edits import apply
from target_activecampaign.panel.rules_file import RulesFileError
from target_activecampaign.run.dry_run import DryRun
from target_activecampaign.segmentation import load_rule_sets
from target_activecampaign.settings import data_dir, ledger_url
from target_activecampaign.ticto.records import RecordReader, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_activecampaign.panel.rule_edits import Edit
    from target_activecampaign.panel.target_config import TargetConfig
    from target_activecampaign.segmentation import Rule, RuleSet

_STREAM: Final = "trial"
_LISTS: Final = ("segmentations", "integrations")
# Where no account is set: a rule's plan can be told all the same.
_NO_ACCOUNT: Final = {"api_url": "https://unset.invalid", "api_token": "unset"}


@dataclass(frozen=True)
class FiredRule:
    """A rule that an order fires: its label and its steps, as the dry run words them."""

    label: str
    steps: list[dict[str, Any]]


@dataclass(frozen=True)
class TrialResult:
    """What would become of one order for one account.

    Attributes:
        about: Event, product and so on of the order, as the dry run words them.
        outcome: What the target would do now, with what it has applied before.
        reason: Why the record is rejected, if it is.
        remedy: What to do then.
        fired: The rules that it fires, and what they would do for an order that is new.
        not_fired: Label of a rule -> why the order does not fire it.
    """

    about: dict[str, Any]
    outcome: str
    reason: str = ""
    remedy: str = ""
    fired: list[FiredRule] = field(default_factory=list)
    not_fired: dict[str, str] = field(default_factory=dict)


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
        rule_sets = load_rule_sets(config)
        accounts = list(_accounts(rule_sets, config))
        as_new = _lines(config, accounts, record, Ledger("sqlite://", lock_dir=data_dir(config)))
        ledger = Ledger(ledger_url(config), lock_dir=data_dir(config), read_only=True)
        as_known = _lines(config, accounts, record, ledger)
    except (TargetError, ActiveCampaignError) as error:
        raise TrialError(str(error)) from None
    return [_result(new, known) for new, known in zip(as_new, as_known, strict=True)]


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
    config: dict[str, Any] = {**target.values, **merged, "ticto_token": None}
    config.pop("rules_path", None)
    return config


def _accounts(rule_sets: Sequence[RuleSet], config: Mapping[str, Any]) -> Iterator[TrialAccount]:
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


def _lines(
    config: Mapping[str, Any],
    accounts: Sequence[TrialAccount],
    record: dict[str, Any],
    ledger: Ledger,
) -> list[dict[str, Any]]:
    out = io.StringIO()
    try:
        run = DryRun(
            reader=RecordReader.from_config(config),
            accounts=accounts,
            ledger=ledger,
            zone=zone_of(config),
            out=out,
        )
        run.add(_STREAM, record)
        run.drain()
    finally:
        ledger.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _result(new: dict[str, Any], known: dict[str, Any]) -> TrialResult:
    fired = [FiredRule(one["rule"], one["steps"]) for one in new.get("plan") or ()]
    keys = ("event", "status_date", "order", "product", "offer")
    return TrialResult(
        about={key: known.get(key) for key in keys},
        outcome=str(known["outcome"]),
        reason=str(known.get("reason") or ""),
        remedy=str(known.get("what_to_do") or ""),
        fired=fired,
        not_fired=dict(new.get("rules_not_fired") or {}),
    )


__all__ = ["FiredRule", "RuleError", "TrialError", "TrialResult", "try_record"]
