"""What an account has now, asked for at most once a minute: lists, tags, fields, automations.

A person waits for the answer, so it is asked for with little patience: a short time limit, and no
more than one repetition.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tap_activecampaign.api import ActiveCampaignError, ApiSettings
from target_activecampaign.account.accounts import account_without_rules
from target_activecampaign.settings import default_user_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_activecampaign.account.directory import Directory

COLLECTIONS: Final = ("lists", "tags", "fields", "automations")
_KEPT_SECONDS: Final = 60.0
_PATIENCE: Final = {"request_timeout_seconds": 10, "max_retries": 1}
_KEPT_ACCOUNTS: Final = 50

AccountKey = tuple[str, str]


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what a rule says, what a person reads, and a word beside it."""

    value: str
    text: str
    note: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as the page's script takes it."""
        return {"value": self.value, "text": self.text, "note": self.note}


@dataclass(frozen=True)
class AccountNames:
    """What an account has.

    Attributes:
        host: The account's address.
        choices: ``lists``, ``tags``, ``fields`` or ``automations`` -> what there is.
        directory: What rules are checked against; it has been read and asks nothing more.
    """

    host: str
    choices: Mapping[str, tuple[Choice, ...]]
    directory: Directory = field(repr=False)


class AccountBrowser:
    """Asks accounts for their names and keeps the answers for a minute.

    Args:
        now: The clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._locks: dict[AccountKey, threading.Lock] = {}
        self._kept: dict[AccountKey, tuple[float, AccountNames]] = {}

    def names(self, config: Mapping[str, Any]) -> AccountNames:
        """Return what an account has.

        Args:
            config: The target's settings with the account's ``api_url`` and ``api_token``.

        Raises:
            ActiveCampaignError: If the account cannot be reached or refuses.
        """
        key = _key(config)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        # Two pages that want the same names ask once.
        with lock:
            kept = self._fresh(key)
            if kept is None:
                kept = _asked(config)
                with self._lock:
                    self._kept[key] = (self._now(), kept)
                    while len(self._kept) > _KEPT_ACCOUNTS:
                        del self._kept[next(iter(self._kept))]
            return kept

    def known(self, config: Mapping[str, Any]) -> AccountNames | None:
        """Return what is known of an account without asking it."""
        try:
            return self._fresh(_key(config))
        except ActiveCampaignError:
            return None

    def test(self, config: Mapping[str, Any]) -> AccountNames:
        """Ask an account now, whatever is known of it.

        Raises:
            ActiveCampaignError: If the account cannot be reached or refuses.
        """
        key = _key(config)
        names = _asked(config)
        with self._lock:
            self._kept[key] = (self._now(), names)
        return names

    def _fresh(self, key: AccountKey) -> AccountNames | None:
        with self._lock:
            since, names = self._kept.get(key, (float("-inf"), None))
        return names if self._now() - since < _KEPT_SECONDS else None


def host_of(api_url: str | None) -> str:
    """Return the host of an account's address, for people."""
    return urlsplit(api_url or "").netloc or (api_url or "")


def _key(config: Mapping[str, Any]) -> AccountKey:
    settings = ApiSettings.from_config(config, default_user_agent=default_user_agent())
    return settings.base_url, settings.api_token


def _asked(config: Mapping[str, Any]) -> AccountNames:
    patient = {name: min(config.get(name) or most, most) for name, most in _PATIENCE.items()}
    account = account_without_rules({**config, **patient})
    try:
        # The cheapest call comes first: a wrong token is told at once, and once.
        account.session.get("users/me")
        with ThreadPoolExecutor(len(COLLECTIONS)) as pool:
            found = pool.map(account.directory.rows, COLLECTIONS)
            rows = dict(zip(COLLECTIONS, found, strict=True))
    finally:
        account.session.close()
    return AccountNames(
        host_of(account.base_url),
        {
            "lists": _choices(rows["lists"], ("name",)),
            "tags": _choices([row for row in rows["tags"] if _is_contact_tag(row)], ("tag",)),
            "fields": _choices(rows["fields"], ("perstag", "title"), text_key="title"),
            "automations": _choices(rows["automations"], ("name",)),
        },
        account.directory,
    )


def _is_contact_tag(row: Mapping[str, Any]) -> bool:
    return row.get("tagType", "contact") == "contact" and str(row.get("deleted")) != "1"


def _choices(
    rows: list[dict[str, Any]], name_keys: tuple[str, ...], *, text_key: str | None = None
) -> tuple[Choice, ...]:
    """Return rows by name; by id those whose name another one has, too."""
    named = [(_name(row, name_keys), row) for row in rows]
    seen: dict[str, int] = {}
    for name, _ in named:
        seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
    found = []
    for name, row in named:
        is_unique = bool(name) and seen[name.casefold()] == 1
        text = str(row.get(text_key) or "").strip() if text_key else name
        value = name if is_unique else str(row.get("id"))
        note = value if not is_unique or text != name else ""
        found.append(Choice(value, text or value, note if note != text else ""))
    return tuple(sorted(found, key=lambda one: one.text.casefold()))


def _name(row: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(row[key]).strip() for key in keys if str(row.get(key) or "").strip()), "")
