"""Which way orders go: in batches, or contact by contact; what was begun before goes first."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

from typing_extensions import assert_never

from target_activecampaign.delivery.bulk import BulkDelivery
from target_activecampaign.delivery.direct import DirectDelivery
from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.triage import in_order_of_dates, repeats_of_done, triage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.delivery.imports import Imports
    from target_activecampaign.delivery.task import DeliveryPath, OrderTask, Outcomes
    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.events.triage import Triage

logger = logging.getLogger(__name__)

PathName = Literal["bulk", "direct"]
# Below this the import saves nothing (ActiveCampaign API reference, bulk import).
FEWEST_IN_BULK: Final = 10
# Orders for which the account is kept from other runs at a time.
_DIRECT_CHUNK: Final = 25


def choose(mode: str, contacts: int) -> PathName:
    """Return the path of a drain.

    Args:
        mode: ``auto``, ``bulk`` or ``direct``.
        contacts: How many contacts its orders concern.
    """
    is_bulk = mode == "bulk" or (mode == "auto" and contacts >= FEWEST_IN_BULK)
    return "bulk" if is_bulk else "direct"


class DeliveryRouter:
    """Delivers orders to accounts.

    Args:
        ledger: What has been applied before.
        imports_for: Makes the import of an account.
        mode: ``auto``, ``bulk`` or ``direct``.
    """

    def __init__(
        self, ledger: Ledger, imports_for: Callable[[Account], Imports], *, mode: str = "auto"
    ) -> None:
        self._ledger = ledger
        self._imports_for = imports_for
        self._mode = mode
        self._paths: dict[str, dict[PathName, DeliveryPath]] = {}

    def deliver(self, account: Account, tasks: Sequence[OrderTask], outcomes: Outcomes) -> None:
        """Deliver orders.

        Args:
            account: The account.
            tasks: Orders in the order of arrival.
            outcomes: Told what became of each.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """
        stuck: list[DeliveryIncompleteError] = []
        held_back: set[str] = set()
        for part in self._parts(in_order_of_dates(tasks)):
            # What follows for a contact waits for what is stuck.
            due = [task for task in part if task.contact_key not in held_back]
            with self._ledger.locked(account.base_url):
                held_back |= self._deliver_part(account, due, outcomes, stuck)
            outcomes.checkpoint()
        if stuck:
            raise stuck[0]

    def _parts(self, tasks: list[OrderTask]) -> Iterator[list[OrderTask]]:
        if not tasks:
            return
        match choose(self._mode, len({task.contact_key for task in tasks})):
            case "bulk":
                yield tasks
            case "direct":
                for start in range(0, len(tasks), _DIRECT_CHUNK):
                    yield tasks[start : start + _DIRECT_CHUNK]
            case other:
                assert_never(other)

    def _deliver_part(
        self,
        account: Account,
        tasks: list[OrderTask],
        outcomes: Outcomes,
        stuck: list[DeliveryIncompleteError],
    ) -> set[str]:
        """Deliver orders while nobody else does; returns contacts for whom something is stuck."""
        paths = self._paths_to(account)
        item_keys = {task.identity.item_key for task in tasks}
        found = triage(tasks, self._ledger.events.history(item_keys))
        self._report_skipped(found, outcomes)
        held_back: set[str] = set()
        if found.resumed:
            logger.info(
                "Completing %d orders that an earlier run has left unfinished.", len(found.resumed)
            )
        for name, resumed in _by_begun_path(found.resumed, found.claims).items():
            try:
                paths[name].resume(resumed, found.claims, outcomes)
            except DeliveryIncompleteError as error:  # noqa: PERF203 - two at most
                stuck.append(error)
                held_back.update(task.contact_key for task in resumed)
        if found.fresh:
            # Repeats and stale events have gone: fewer contacts may be left than had come.
            chosen = choose(self._mode, len({task.contact_key for task in found.fresh}))
            try:
                paths[chosen].deliver(found.fresh, outcomes)
            except DeliveryIncompleteError as error:
                stuck.append(error)
        self._remember_dates(found)
        return held_back

    def _report_skipped(self, found: Triage[OrderTask], outcomes: Outcomes) -> None:
        for task in found.repeated:
            outcomes.skipped(task, Outcome.REPEATED)
        for task in found.stale:
            outcomes.skipped(task, Outcome.STALE)

    def _remember_dates(self, found: Triage[OrderTask]) -> None:
        """Note the dates of repeats, now that it is known which events have been applied."""
        if not found.newly_dated:
            return
        item_keys = {task.identity.item_key for task in found.newly_dated}
        history = self._ledger.events.history(item_keys)
        repeats = repeats_of_done(found.newly_dated, history)
        self._ledger.events.note_repeats(task.identity for task in repeats)

    def _paths_to(self, account: Account) -> dict[PathName, DeliveryPath]:
        paths = self._paths.get(account.account_key)
        if paths is None:
            direct = DirectDelivery(account.session, account.directory, self._ledger)
            imports = self._imports_for(account)
            bulk = BulkDelivery(imports, direct, account.directory, self._ledger)
            paths = self._paths[account.account_key] = {"bulk": bulk, "direct": direct}
        return paths


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
