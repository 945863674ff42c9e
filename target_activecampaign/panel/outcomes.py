"""What became of each order: the ledger's outcomes, joined to the postbacks.

The ledger knows events by keyed hashes only. The panel, which has the bodies and the ledger's key,
computes the same hashes and so finds the order that an outcome is about. It reads the ledger, and
never writes to it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.account.accounts import accounts_for
from target_activecampaign.errors import TargetError, UnusableOrderError
from target_activecampaign.events.identity import identify
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.panel.index_tables import fired, keys, orders, outcomes
from target_activecampaign.panel.order_index import orders_of
from target_activecampaign.panel.rules_file import RulesFile
from target_activecampaign.segmentation import load_rule_sets
from target_activecampaign.settings import data_dir, ledger_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from target_activecampaign.events.outcome_store import NotedOutcome
    from target_activecampaign.inbox.store import Store
    from target_activecampaign.panel.order_index import OrderIndex

_TOGETHER: Final = 500
_CHUNK: Final = 400
# A run may note outcomes that its clock dates a while ago: clocks of machines differ.
_OVERLAP_SECONDS: Final = 60
# The most that was done for an order, of what several accounts say.
STRENGTH: Final = (
    "applied",
    "left_list",
    "rejected",
    "outdated",
    "stale",
    "repeated",
    "ignored",
)


@dataclass(frozen=True)
class LedgerAccount:
    """An account as the ledger knows it."""

    account_key: str
    base_url: str


class OutcomeIndex:
    """Keeps the outcomes of the ledger beside the orders of the index.

    Args:
        index: The index.
        store: The inbox.
        zone: Zone of Ticto's stamps.
    """

    def __init__(self, index: OrderIndex, store: Store, zone: tzinfo) -> None:
        self._index = index
        self._store = store
        self._zone = zone
        # Reading all rules takes longer than looking whether they are others by now.
        self._accounts: tuple[object, list[LedgerAccount]] = (None, [])

    def follow(self, config: Mapping[str, Any]) -> int:
        """Bring in what the ledger has noted since, for some orders more.

        Args:
            config: The target's settings.

        Returns:
            How many postbacks are left whose keys are not known.

        Raises:
            TargetError: If the ledger cannot be used.
        """
        ledger = Ledger(ledger_url(config), lock_dir=data_dir(config), read_only=True)
        try:
            if not ledger.exists:
                return 0
            left = self._learn_keys(ledger, self._known_accounts(config, ledger))
            self._read(ledger)
        finally:
            ledger.close()
        return left

    # --- keys -------------------------------------------------------------------------------

    def _known_accounts(self, config: Mapping[str, Any], ledger: Ledger) -> Sequence[LedgerAccount]:
        """Return the accounts of the rules, and those that rules had before.

        What was done stays visible while a rule is switched off or the rules are broken. Another
        ledger knows nothing of what is known; another account makes the keys be computed again.
        """
        now = self._accounts_now(config)
        made_for = hashlib.sha256(ledger.key("panel").encode()).hexdigest()
        with self._index.engine.begin() as connection:
            if self._index.get(connection, "ledger") != made_for:
                for table in (keys, outcomes, fired):
                    connection.execute(sa.delete(table))
                is_order = orders.c.unusable.is_(None)
                connection.execute(sa.update(orders).where(is_order).values(outcome=None))
                self._index.put(
                    connection, ledger=made_for, accounts="[]", keyed="0", read_until="0"
                )
            written = json.loads(self._index.get(connection, "accounts") or "[]")
            before = [LedgerAccount(*one) for one in written]
            new = [one for one in now if one not in before]
            if new:
                shown = [[one.account_key, one.base_url] for one in (*before, *new)]
                self._index.put(connection, accounts=json.dumps(shown), keyed="0")
        return [*before, *new]

    def _accounts_now(self, config: Mapping[str, Any]) -> list[LedgerAccount]:
        path = config.get("rules_path")
        content = RulesFile(Path(path)).fingerprint() if isinstance(path, str) else b""
        seen = (repr(config), content)
        if self._accounts[0] != seen:
            try:
                found = ledger_accounts(config)
            except (TargetError, ActiveCampaignError):
                found = []
            self._accounts = (seen, found)
        return self._accounts[1]

    def _learn_keys(self, ledger: Ledger, accounts: Sequence[LedgerAccount]) -> int:
        """Compute the keys of some postbacks more that are indexed."""
        with self._index.engine.connect() as connection:
            keyed = int(self._index.get(connection, "keyed") or 0)
        seen = self._index.seen()
        found = self._store.page_after(keyed, up_to=seen, limit=_TOGETHER) if seen > keyed else []
        rows: list[dict[str, Any]] = []
        for postback in found:
            rows += _keys_of(postback.id, postback.body, ledger, accounts, self._zone)
        reached = found[-1].id if found else max(keyed, seen)
        if reached == keyed:
            return 0
        with self._index.engine.begin() as connection:
            if rows:
                connection.execute(sa.insert(keys).prefix_with("OR IGNORE"), rows)
                known = _known(connection, [row["event_key"] for row in rows])
                _join(connection, known)
            self._index.put(connection, keyed=str(reached))
        return max(0, seen - reached)

    # --- outcomes ---------------------------------------------------------------------------

    def _read(self, ledger: Ledger) -> None:
        with self._index.engine.connect() as connection:
            until = int(self._index.get(connection, "read_until") or 0)
        after = ""
        since = max(0, until - _OVERLAP_SECONDS)
        while True:
            noted = ledger.outcomes.noted_since(since, after_key=after, limit=_TOGETHER)
            if not noted:
                return
            since, after = _seconds(noted[-1]), noted[-1].event_key
            with self._index.engine.begin() as connection:
                new = _without_known(connection, noted)
                if new:
                    _note(connection, new)
                if since > until:
                    self._index.put(connection, read_until=str(since))


def ledger_accounts(config: Mapping[str, Any]) -> list[LedgerAccount]:
    """Return the accounts that rules write to, without asking them.

    Raises:
        TargetError: If the rules cannot work.
        ActiveCampaignError: If the address of an account cannot.
    """
    found = []
    for account in accounts_for(load_rule_sets(config), config):
        account.session.close()
        found.append(LedgerAccount(account.account_key, account.base_url))
    return found


def _keys_of(
    postback_id: int,
    body: str,
    ledger: Ledger,
    accounts: Sequence[LedgerAccount],
    zone: tzinfo,
) -> list[dict[str, Any]]:
    try:
        found = list(orders_of(body, zone))
    except UnusableOrderError:
        return []
    return [
        {
            "event_key": identify(
                order,
                account_key=account.account_key,
                base_url=account.base_url,
                key=ledger.key,
            ).event_key,
            "postback_id": postback_id,
            "position": position,
            "account": account.base_url,
        }
        for position, order in enumerate(found)
        for account in accounts
    ]


def _known(connection: sa.Connection, event_keys: Sequence[str]) -> list[str]:
    known: list[str] = []
    for begin in range(0, len(event_keys), _CHUNK):
        part = event_keys[begin : begin + _CHUNK]
        query = sa.select(outcomes.c.event_key).where(outcomes.c.event_key.in_(part))
        known += connection.scalars(query)
    return known


def _without_known(connection: sa.Connection, noted: Sequence[NotedOutcome]) -> list[NotedOutcome]:
    """Return the outcomes that are not here yet: the last ones are read again and again."""
    known: set[tuple[Any, ...]] = set()
    for begin in range(0, len(noted), _CHUNK):
        part = [one.event_key for one in noted[begin : begin + _CHUNK]]
        found = connection.execute(sa.select(outcomes).where(outcomes.c.event_key.in_(part)))
        known |= set(map(tuple, found))
    return [one for one in noted if tuple(_row(one).values()) not in known]


def _note(connection: sa.Connection, noted: Sequence[NotedOutcome]) -> None:
    rows = [_row(one) for one in noted]
    connection.execute(sa.insert(outcomes).prefix_with("OR REPLACE"), rows)
    _join(connection, [one.event_key for one in noted])


def _row(noted: NotedOutcome) -> dict[str, Any]:
    """Return an outcome as its table holds it, in the order of the columns."""
    return {
        "event_key": noted.event_key,
        "outcome": noted.outcome.value,
        "reason": noted.reason,
        "rules": json.dumps(noted.rules, ensure_ascii=False),
        "noted_at": _seconds(noted),
    }


def _join(connection: sa.Connection, event_keys: Iterable[str]) -> None:
    """Write down at the orders of some keys what became of them, in all accounts together."""
    wanted = list(dict.fromkeys(event_keys))
    for begin in range(0, len(wanted), _CHUNK):
        part = wanted[begin : begin + _CHUNK]
        touched = (
            sa.select(keys.c.postback_id, keys.c.position).where(keys.c.event_key.in_(part))
        ).subquery()
        query = (
            sa.select(
                keys.c.postback_id,
                keys.c.position,
                outcomes.c.outcome,
                outcomes.c.rules,
                orders.c.day,
            )
            .join(outcomes, outcomes.c.event_key == keys.c.event_key)
            .join(
                touched,
                (touched.c.postback_id == keys.c.postback_id)
                & (touched.c.position == keys.c.position),
            )
            .join(
                orders,
                (orders.c.postback_id == keys.c.postback_id)
                & (orders.c.position == keys.c.position),
            )
        )
        strongest: dict[tuple[int, int], str] = {}
        rules: dict[tuple[str, int, int], int] = {}
        for row in connection.execute(query):
            place = (row.postback_id, row.position)
            strongest[place] = min((row.outcome, strongest.get(place, row.outcome)), key=_strength)
            for rule in json.loads(row.rules):
                rules[rule, row.postback_id, row.position] = row.day
        _write(connection, strongest, rules)


def _write(
    connection: sa.Connection,
    strongest: Mapping[tuple[int, int], str],
    rules: Mapping[tuple[str, int, int], int],
) -> None:
    if strongest:
        connection.execute(
            sa.update(orders)
            .where(
                orders.c.postback_id == sa.bindparam("at_postback"),
                orders.c.position == sa.bindparam("at_position"),
            )
            .values(outcome=sa.bindparam("became")),
            [
                {"at_postback": postback_id, "at_position": position, "became": outcome}
                for (postback_id, position), outcome in strongest.items()
            ],
        )
    if rules:
        connection.execute(
            sa.insert(fired).prefix_with("OR REPLACE"),
            [
                {"rule": rule, "postback_id": postback_id, "position": position, "day": day}
                for (rule, postback_id, position), day in rules.items()
            ],
        )


def _strength(outcome: str) -> int:
    return STRENGTH.index(outcome) if outcome in STRENGTH else len(STRENGTH)


def _seconds(noted: NotedOutcome) -> int:
    return 0 if noted.noted_at is None else int(noted.noted_at.timestamp())
