"""Which way orders go: in batches, or contact by contact; what was begun before goes first."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

from typing_extensions import assert_never

from target_activecampaign.delivery.bulk import BulkDelivery
from target_activecampaign.delivery.direct import DirectDelivery
from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.delivery.task import OrderTask
from target_activecampaign.events.decision import account_rules
from target_activecampaign.events.event_store import EventState
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.triage import in_order_of_dates, repeats_of_done, triage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.imports import Imports
    from target_activecampaign.delivery.task import ArrivedOrder, DeliveryPath, Outcomes
    from target_activecampaign.events.decision import Decision
    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.ledger import Ledger

logger = logging.getLogger(__name__)

PathName = Literal["bulk", "direct"]
# Below this the import saves nothing (ActiveCampaign API reference, bulk import).
FEWEST_IN_BULK: Final = 10
# Orders for which the account is kept from other runs at a time.
_DIRECT_CHUNK: Final = 25


def choose(mode: str, contacts: int, *, is_leftover: bool = False) -> PathName:
    """Return the path of a drain.

    Args:
        mode: ``auto``, ``bulk`` or ``direct``.
        contacts: How many contacts its orders concern.
        is_leftover: Whether it is what was left over of a large drain: a few contacts more cost
            less in an import of their own than one by one.
    """
    is_large = is_leftover or contacts >= FEWEST_IN_BULK
    return "bulk" if mode == "bulk" or (mode == "auto" and is_large) else "direct"


class DeliveryRouter:
    """Delivers orders to accounts.

    Args:
        ledger: What has been applied before.
        imports_for: Makes the import of an account.
        zone: Zone of Ticto's timestamps.
        mode: ``auto``, ``bulk`` or ``direct``.
    """

    def __init__(
        self,
        ledger: Ledger,
        imports_for: Callable[[Account], Imports],
        zone: tzinfo,
        *,
        mode: str = "auto",
    ) -> None:
        self._ledger = ledger
        self._imports_for = imports_for
        self._zone = zone
        self._mode = mode
        self._paths: dict[str, dict[PathName, DeliveryPath]] = {}

    def deliver(
        self,
        account: Account,
        arrived: Sequence[ArrivedOrder],
        outcomes: Outcomes,
        *,
        is_leftover: bool = False,
    ) -> None:
        """Deliver orders.

        Args:
            account: The account.
            arrived: Orders in the order of arrival.
            outcomes: Told what became of each.
            is_leftover: Whether they are what was left over of a large drain.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """
        stuck: list[DeliveryIncompleteError] = []
        held_back: set[str] = set()
        contacts = {one.identity.contact_key for one in arrived if one.may_fire}
        path = choose(self._mode, len(contacts), is_leftover=is_leftover)
        for part in _parts(in_order_of_dates(arrived), path):
            # What follows for a contact waits for what is stuck.
            due = [one for one in part if one.identity.contact_key not in held_back]
            with self._ledger.locked(account.base_url):
                held_back |= self._deliver_part(
                    account, due, outcomes, stuck, is_leftover=is_leftover
                )
            outcomes.checkpoint()
        if stuck:
            raise stuck[0]

    def _deliver_part(
        self,
        account: Account,
        arrived: list[ArrivedOrder],
        outcomes: Outcomes,
        stuck: list[DeliveryIncompleteError],
        *,
        is_leftover: bool,
    ) -> set[str]:
        """Deliver orders while nobody else does; returns contacts for whom something is stuck."""
        past = self._ledger.read_past(one.identity for one in arrived)
        rules = account_rules(account.rules, account.ids, self._zone, self._ledger.key)
        decisions = triage(arrived, past, rules)
        outdated = [one for one in decisions if one.outcome is Outcome.OUTDATED]
        # Before anything is done: once a purchase is refunded, they must not be taken for new.
        self._ledger.events.note((one.identity for one in outdated), EventState.OUTDATED)
        skipped = [one for one in decisions if one.outcome is not Outcome.APPLIED]
        outcomes.not_applied([one for one in skipped if not one.is_noted])
        held_back = self._carry_out(account, decisions, outcomes, stuck, is_leftover=is_leftover)
        # Last of all: what was decided above must be decided again if this run is interrupted.
        noted = [one for one in decisions if one.is_noted]
        settled = [one for one in noted if one.identity.contact_key not in held_back]
        self._ledger.note_unapplied([(one.identity, one.change) for one in settled])
        outcomes.not_applied(settled)
        self._remember_dates([one for one in decisions if one.is_newly_dated])
        return held_back

    def _carry_out(
        self,
        account: Account,
        decisions: Sequence[Decision[ArrivedOrder]],
        outcomes: Outcomes,
        stuck: list[DeliveryIncompleteError],
        *,
        is_leftover: bool,
    ) -> set[str]:
        paths = self._paths_to(account)
        tasks = [OrderTask.of(one) for one in decisions if one.outcome is Outcome.APPLIED]
        claims = {one.identity.event_key: one.claim for one in decisions if one.claim is not None}
        begun = {task.contact_key for task in tasks if task.event_key in claims}
        resumed = [task for task in tasks if task.contact_key in begun]
        fresh = [task for task in tasks if task.contact_key not in begun]
        held_back: set[str] = set()
        if resumed:
            logger.info(
                "Completing %d orders that an earlier run has left unfinished.", len(resumed)
            )
        for name, part in _by_begun_path(resumed, claims).items():
            try:
                paths[name].resume(part, claims, outcomes)
            except DeliveryIncompleteError as error:  # noqa: PERF203 - two at most
                stuck.append(error)
                held_back.update(task.contact_key for task in part)
        if fresh:
            # Repeats and stale events have gone: fewer contacts may be left than had come.
            contacts = {task.contact_key for task in fresh}
            try:
                paths[choose(self._mode, len(contacts), is_leftover=is_leftover)].deliver(
                    fresh, outcomes
                )
            except DeliveryIncompleteError as error:
                stuck.append(error)
                held_back |= contacts
        return held_back

    def _remember_dates(self, repeats: Sequence[Decision[ArrivedOrder]]) -> None:
        """Note the dates of repeats, now that it is known which events have been applied."""
        if repeats:
            history = self._ledger.events.history({one.identity.item_key for one in repeats})
            self._ledger.events.note(repeats_of_done(repeats, history), EventState.DONE)

    def _paths_to(self, account: Account) -> dict[PathName, DeliveryPath]:
        paths = self._paths.get(account.account_key)
        if paths is None:
            direct = DirectDelivery(account.session, account.directory, self._ledger)
            imports = self._imports_for(account)
            bulk = BulkDelivery(imports, direct, account.directory, self._ledger)
            paths = self._paths[account.account_key] = {"bulk": bulk, "direct": direct}
        return paths


def _parts(arrived: list[ArrivedOrder], path: PathName) -> Iterator[list[ArrivedOrder]]:
    """Split a drain into the parts for which the account is kept from other runs."""
    match path:
        case "bulk":
            if arrived:
                yield arrived
        case "direct":
            for start in range(0, len(arrived), _DIRECT_CHUNK):
                yield arrived[start : start + _DIRECT_CHUNK]
        case other:
            assert_never(other)


def _by_begun_path(tasks: Sequence[OrderTask], claims: Claims) -> dict[PathName, list[OrderTask]]:
    """Split resumed tasks, whole contacts at a time, by the path that has begun them."""
    imported = {
        task.contact_key
        for task in tasks
        if (claim := claims.get(task.event_key)) is not None
        and (claim.is_in_doubt or claim.import_id is not None)
    }
    parts: dict[PathName, list[OrderTask]] = defaultdict(list)
    for task in tasks:
        parts["bulk" if task.contact_key in imported else "direct"].append(task)
    return parts
