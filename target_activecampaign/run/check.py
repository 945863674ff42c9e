"""The connection test ("Testar Conexão"): the account, its lists and tags, and every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.account.accounts import account_without_rules, accounts_for
from target_activecampaign.errors import TargetError
from target_activecampaign.segmentation import hints_of, load_rule_sets
from target_activecampaign.ticto.records import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.account.directory import Directory
    from target_activecampaign.segmentation import Rule

_MOST_SHOWN = 200


def check(config: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Test the connection and the rules.

    Args:
        config: The target's settings.

    Yields:
        Whether all is well with something, and a sentence about it.
    """
    try:
        zone_of(config)
        rule_sets = load_rule_sets(config)
        accounts = accounts_for(rule_sets, config)
    except (TargetError, ActiveCampaignError) as error:
        yield False, str(error)
        return
    yield True, f"{sum(len(account.rules) for account in accounts)} active rules are well formed."
    for hint in hints_of(rule_sets):
        yield True, hint
    if not accounts:
        try:
            accounts = (account_without_rules(config),)
        except ActiveCampaignError as error:
            yield False, str(error)
            return
    for account in accounts:
        yield from _check_account(account)


def _check_account(account: Account) -> Iterator[tuple[bool, str]]:
    host = account.base_url.split("/")[2]
    directory, rules = account.directory, account.rules
    try:
        account.session.get("users/me")
        yield True, f"{host} accepts the API token."
        lists = [f"{row.get('name')} ({row['id']})" for row in directory.rows("lists")]
        tags = [
            str(row.get("tag"))
            for row in directory.rows("tags")
            if row.get("tagType", "contact") == "contact"
        ]
        yield True, f"Lists: {_shown(lists)}"
        yield True, f"Tags: {_shown(tags)}"
        _, faults = directory.resolve(rules)
        missing = sorted({tag for rule in rules for tag in _missing_tags(rule, directory)})
    except ActiveCampaignError as error:
        yield False, f"{error}."
        return
    for tag in missing:
        yield True, f"The tag {tag!r} does not exist yet; it is created when a rule first adds it."
    for fault in faults:
        yield False, fault
    if rules and not faults:
        yield True, f"Every list, field and automation of {len(rules)} rules exists in {host}."


def _missing_tags(rule: Rule, directory: Directory) -> list[str]:
    if rule.action != "add":
        return []
    return [tag for tag in rule.tags if directory.tag(tag) is None]


def _shown(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_SHOWN]) or "none"
    return shown if len(names) <= _MOST_SHOWN else f"{shown} … and {len(names) - _MOST_SHOWN} more"
