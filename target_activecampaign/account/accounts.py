"""The accounts that rules write to, each with its session and the ids behind its rules' names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ApiSession, ApiSettings, SettingsError
from target_activecampaign.account.directory import Directory
from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation.plan import ResolvedIds
from target_activecampaign.settings import default_user_agent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_activecampaign.segmentation import Rule, RuleSet


@dataclass
class Account:
    """One account with the rules that write to it.

    Attributes:
        base_url: Address of its API.
        account_key: What its events are filed under in the ledger.
        session: Sends requests to it.
        directory: What it has.
        rules: In the order written.
        ids: Ids behind the names of the rules; empty until resolved.
    """

    base_url: str
    account_key: str
    session: ApiSession = field(repr=False)
    directory: Directory = field(repr=False)
    rules: tuple[Rule, ...]
    ids: ResolvedIds = field(default_factory=ResolvedIds)


def accounts_for(rule_sets: Iterable[RuleSet], config: Mapping[str, Any]) -> tuple[Account, ...]:
    """Return the accounts that rules write to. Sets that share an account share its session.

    Raises:
        SettingsError: If the address or token of one cannot work.
    """
    accounts: dict[tuple[str, str], Account] = {}
    taken: set[str] = set()
    for rule_set in rule_sets:
        settings = _api_settings(rule_set, config)
        key = settings.base_url, settings.api_token
        account = accounts.get(key)
        if account is not None:
            accounts[key] = replace(account, rules=(*account.rules, *rule_set.rules))
            continue
        name = settings.base_url
        if name in taken:
            # Another user of the same account: what one has applied the other has not.
            name = f"{name}#{rule_set.owner}"
        taken.add(name)
        session = ApiSession(settings)
        accounts[key] = Account(
            settings.base_url, name, session, Directory(session), rule_set.rules
        )
    return tuple(accounts.values())


def account_without_rules(config: Mapping[str, Any]) -> Account:
    """Return the account of the settings, which no rule writes to.

    Raises:
        SettingsError: If its address or token cannot work.
    """
    settings = ApiSettings.from_config(config, default_user_agent=default_user_agent())
    session = ApiSession(settings)
    return Account(settings.base_url, settings.base_url, session, Directory(session), ())


def resolve_names(accounts: Iterable[Account]) -> None:
    """Find the ids behind all names of the rules.

    Raises:
        RuleError: If a list, field or automation does not exist; names every one.
    """
    faults: list[str] = []
    for account in accounts:
        account.ids, missing = account.directory.resolve(account.rules)
        faults.extend(missing)
    if faults:
        raise RuleError(" ".join(faults))


def _api_settings(rule_set: RuleSet, config: Mapping[str, Any]) -> ApiSettings:
    merged = {**config, "api_url": rule_set.api_url, "api_token": rule_set.api_token}
    try:
        return ApiSettings.from_config(merged, default_user_agent=default_user_agent())
    except SettingsError as error:
        raise SettingsError(f"{error} It is the account of {rule_set.owner}.") from None
