"""Which orders are applied at all, and which way they go: in batches or contact by contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from target_activecampaign.delivery.bulk import BulkDelivery
from target_activecampaign.delivery.direct import DirectDelivery
from target_activecampaign.delivery.imports import Imports, ImportStuckError
from target_activecampaign.events.sequence import Verdict, is_same, place, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.task import Work
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.events.sequence import Event

# Below this the import saves nothing (ActiveCampaign API reference, bulk import).
FEWEST_IN_BULK: Final = 10
# Orders for which the account is kept from other runs at a time.
_DIRECT_CHUNK: Final = 25


class RunOutcomes(Protocol):
    """Where deliveries report, skipped work included."""

    def applied(self, works: list[Work]) -> None:
        """Note that work has been applied in full."""

    def rejected(self, work: Work, reason: str, remedy: str) -> None:
        """Note that work cannot be applied."""

    def skipped(self, work: Work, verdict: str) -> None:
        """Note that work is stale or a repeat."""


@dataclass(frozen=True)
class _Ways:
    direct: DirectDelivery
    bulk: BulkDelivery


@dataclass(frozen=True)
class _Sorted:
    """Work that is to be applied.

    Attributes:
        fresh: Of contacts for which nothing is begun.
        begun: Of contacts for which a run that died has begun something.
        batch_ids: Event key -> import, for what was begun.
        repeats: Not to be applied, but of a date that the ledger does not know.
    """

    fresh: list[Work]
    begun: list[Work]
    batch_ids: dict[str, str | None]
    repeats: list[Work]


class Delivery:
    """Delivers orders to accounts.

    Args:
        ledger: What has been applied before.
        mode: ``auto``, ``bulk`` or ``direct``.
        exclude_automations: Whether imports are to start no automations.
    """

    def __init__(
        self, ledger: Ledger, *, mode: str = "auto", exclude_automations: bool = False
    ) -> None:
        self._ledger = ledger
        self._mode = mode
        self._exclude_automations = exclude_automations
        self._ways: dict[str, _Ways] = {}

    def deliver(self, account: Account, works: list[Work], outcomes: RunOutcomes) -> Iterator[None]:
        """Deliver orders; yields whenever a part of them is finished.

        Args:
            account: The account.
            works: Orders in the order of arrival.
            outcomes: Told what became of each.

        Raises:
            ImportStuckError: After everything else, if imports do not come to an end.
        """
        ways = self._ways_to(account)
        stuck: list[ImportStuckError] = []
        held_back: set[str] = set()
        works = in_order_of_dates(works)
        may_be_bulk = is_bulk(self._mode, len({work.contact_key for work in works}))
        size = max(len(works), 1) if may_be_bulk else _DIRECT_CHUNK
        for start in range(0, len(works), size):
            # What follows for a contact waits for what is stuck.
            part = works[start : start + size]
            part = [work for work in part if work.contact_key not in held_back]
            with self._ledger.locked(account.base_url):
                todo = self._sorted(part, outcomes)
                if todo.begun:
                    try:
                        ways.bulk.resume(todo.begun, todo.batch_ids, outcomes)
                    except ImportStuckError as error:
                        stuck.append(error)
                        held_back.update(work.contact_key for work in todo.begun)
                # Repeats and stale events have gone: fewer contacts may be left than had come.
                if is_bulk(self._mode, len({work.contact_key for work in todo.fresh})):
                    try:
                        ways.bulk.deliver(todo.fresh, outcomes)
                    except ImportStuckError as error:
                        stuck.append(error)
                else:
                    self._ledger.claim(
                        (work.event_key, work.item_key, work.event) for work in todo.fresh
                    )
                    ways.direct.deliver(todo.fresh, outcomes)
                if todo.repeats:
                    self._remember(todo.repeats)
            yield
        if stuck:
            raise stuck[0]

    def _sorted(self, works: list[Work], outcomes: RunOutcomes) -> _Sorted:
        history = self._ledger.history({work.item_key for work in works})
        known: dict[str, list[Event]] = {
            item_key: [past.event for past in events if past.is_done]
            for item_key, events in history.items()
        }
        noted = {past.event_key for events in history.values() for past in events}
        begun = {
            past.event_key: past.batch_id
            for events in history.values()
            for past in events
            if not past.is_done
        }
        todo: list[Work] = []
        repeats: list[Work] = []
        for work in works:
            verdict = take(work.event, known.setdefault(work.item_key, []))
            if verdict is Verdict.APPLY:
                todo.append(work)
                noted.add(work.event_key)
                continue
            outcomes.skipped(work, verdict.value)
            is_dated = work.event.moment is not None
            if verdict is Verdict.REPEATED and is_dated and work.event_key not in noted:
                repeats.append(work)
                noted.add(work.event_key)
        contacts = {work.contact_key for work in todo if work.event_key in begun}
        return _Sorted(
            fresh=[work for work in todo if work.contact_key not in contacts],
            begun=[work for work in todo if work.contact_key in contacts],
            batch_ids={
                work.event_key: begun[work.event_key] for work in todo if work.event_key in begun
            },
            repeats=repeats,
        )

    def _remember(self, repeats: list[Work]) -> None:
        """Note repeats of what has been applied; what was rejected may be fed in again."""
        history = self._ledger.history({work.item_key for work in repeats})
        self._ledger.note_repeats(
            (work.event_key, work.item_key, work.event)
            for work in repeats
            if any(
                past.is_done and is_same(past.event, work.event)
                for past in history.get(work.item_key, [])
            )
        )

    def _ways_to(self, account: Account) -> _Ways:
        ways = self._ways.get(account.ledger_name)
        if ways is None:
            direct = DirectDelivery(account.session, account.directory, self._ledger)
            bulk = BulkDelivery(
                Imports(account.session, exclude_automations=self._exclude_automations),
                direct,
                account.directory,
                self._ledger,
                exclude_automations=self._exclude_automations,
            )
            ways = self._ways[account.ledger_name] = _Ways(direct, bulk)
        return ways


def in_order_of_dates(works: Sequence[Work]) -> list[Work]:
    """Return orders so that the events of each item follow each other as they happened.

    They share the places that they had. Events without a date keep theirs.
    """
    places: dict[str, list[int]] = {}
    for number, work in enumerate(works):
        if work.event.moment is not None:
            places.setdefault(work.item_key, []).append(number)
    ordered = list(works)
    for numbers in places.values():
        by_date = sorted((works[number] for number in numbers), key=lambda work: place(work.event))
        for number, work in zip(numbers, by_date, strict=True):
            ordered[number] = work
    return ordered


def is_bulk(mode: str, contacts: int) -> bool:
    """Return whether a drain of so many contacts goes in batches."""
    return mode == "bulk" or (mode == "auto" and contacts >= FEWEST_IN_BULK)
