"""Bulk delivery: batches of contacts through the import, then what the import cannot do.

What happens when a run dies, by what the ledger shows of an event:

* not claimed: nothing was sent for it, it is delivered like a new one;
* claimed with an import's id: the import's result is read; orders that it carried in full are done;
* claimed without an id: the import may or may not have been queued. Once the account has no import
  under way, the contact is delivered directly, which looks first and does only what is missing.

An import is never sent twice, because it would start automations twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_activecampaign.api import RetriableError
from target_activecampaign.delivery.batching import by_contact, fold, import_contact
from target_activecampaign.delivery.imports import (
    InvalidContactsError,
    batches,
    fits,
    sent_bytes,
)
from target_activecampaign.events.tables import BATCH_IN_DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.account.directory import Directory
    from target_activecampaign.delivery.batching import Folded
    from target_activecampaign.delivery.direct import DirectDelivery
    from target_activecampaign.delivery.imports import ImportResult, Imports
    from target_activecampaign.delivery.task import Outcomes, Work
    from target_activecampaign.events.ledger import Ledger

logger = logging.getLogger(__name__)

_REFUSED = "ActiveCampaign's import did not take the contact: its address is excluded or bounces."
_REFUSED_REMEDY = (
    "Look at the contact and at the exclusion list in ActiveCampaign; then feed the record in "
    "again."
)


@dataclass
class _Sent:
    """What became of contacts that were to go in batches.

    Attributes:
        batches: Import -> the contacts that it carries, in the order of sending.
        direct: Contacts that no import carries.
        in_doubt: Contacts of imports that may or may not have been queued.
    """

    batches: dict[str, list[Folded]] = field(default_factory=dict)
    direct: list[Folded] = field(default_factory=list)
    in_doubt: list[Folded] = field(default_factory=list)


@dataclass(frozen=True)
class _Begun:
    """A contact for which a run that died has begun something.

    Attributes:
        contact: All its orders.
        unclaimed: Those of them that nobody has claimed.
        carriers: For each order the import, `BATCH_IN_DOUBT`, or None if no import carries it.
    """

    contact: Folded
    unclaimed: list[Work]
    carriers: frozenset[str | None]

    @property
    def is_in_doubt(self) -> bool:
        """Whether an import may or may not carry something of it."""
        return BATCH_IN_DOUBT in self.carriers

    @property
    def batch_ids(self) -> frozenset[str]:
        """The imports that carry something of it."""
        return frozenset(carrier for carrier in self.carriers if carrier)

    @property
    def only_carrier(self) -> str | None:
        """The import that carries all there is to do, or None."""
        if self.contact.upsert is None or self.contact.rest or len(self.carriers) != 1:
            return None
        return next(iter(self.batch_ids), None)


class BulkDelivery:
    """Carries out plans through the import.

    Args:
        imports: The account's import.
        direct: Does what the import cannot.
        directory: The account's tags.
        ledger: Knows which import carries which event.
        exclude_automations: Whether imports are to start no automations.
    """

    def __init__(
        self,
        imports: Imports,
        direct: DirectDelivery,
        directory: Directory,
        ledger: Ledger,
        *,
        exclude_automations: bool,
    ) -> None:
        self._imports = imports
        self._direct = direct
        self._directory = directory
        self._ledger = ledger
        self._exclude_automations = exclude_automations

    def deliver(self, works: Iterable[Work], outcomes: Outcomes) -> None:
        """Carry out plans, of any number of contacts.

        Args:
            works: Work that nobody has claimed, in the order of arrival.
            outcomes: Told what became of it.

        Raises:
            ImportStuckError: After everything else, if imports do not come to an end.
        """
        folded = self._folded(works)
        sent = self._send_all([one for one in folded if one.upsert is not None], outcomes)
        # While the imports run.
        for contact in (*(one for one in folded if one.upsert is None), *sent.direct):
            self._claim(contact.works)
            self._direct.deliver_steps(contact.steps, contact.works, outcomes)
        for batch_id, result in self._imports.results(sent.batches):
            self._finish(sent.batches[batch_id], result, outcomes)
        if sent.in_doubt:
            self._imports.wait_for_all()
        for contact in sent.in_doubt:
            self._deliver_begun(contact, outcomes)

    def resume(
        self, works: list[Work], batch_ids: dict[str, str | None], outcomes: Outcomes
    ) -> None:
        """Complete what a run that died has left.

        Args:
            works: All work of contacts of which some is claimed, in the order of arrival.
            batch_ids: Event key -> import, for the events that are claimed.
            outcomes: Told what became of it.

        Raises:
            ImportStuckError: After everything else, if imports do not come to an end.
        """
        logger.info("Completing %d orders that an earlier run has left unfinished.", len(works))
        waiting = [
            _Begun(
                contact,
                [work for work in contact.works if work.event_key not in batch_ids],
                frozenset(batch_ids.get(work.event_key) for work in contact.works),
            )
            for contact in self._folded(works)
        ]
        results: dict[str, ImportResult] = {}
        waiting = self._complete(waiting, results, outcomes)
        imports = (batch_ids.get(work.event_key) for work in works)
        for batch_id, result in self._imports.results(filter(None, imports)):
            results[batch_id] = result
            waiting = self._complete(waiting, results, outcomes)
        if waiting:
            self._imports.wait_for_all()
            self._complete(waiting, results, outcomes, is_idle=True)

    def _complete(
        self,
        waiting: list[_Begun],
        results: dict[str, ImportResult],
        outcomes: Outcomes,
        *,
        is_idle: bool = False,
    ) -> list[_Begun]:
        """Complete the contacts whose imports have ended; returns the others.

        Args:
            waiting: Contacts that a run that died has begun.
            results: Import -> its result, as far as they have ended.
            outcomes: Told what became of the contacts.
            is_idle: Whether the account has no import under way.
        """
        left: list[_Begun] = []
        carried: dict[str, list[Folded]] = {}
        for begun in waiting:
            if (begun.is_in_doubt and not is_idle) or not begun.batch_ids <= results.keys():
                left.append(begun)
                continue
            self._claim(begun.unclaimed)
            carrier = begun.only_carrier
            if carrier is not None:
                carried.setdefault(carrier, []).append(begun.contact)
            else:
                self._deliver_begun(begun.contact, outcomes)
        for batch_id, contacts in carried.items():
            self._finish(contacts, results[batch_id], outcomes)
        return left

    def _folded(self, works: Iterable[Work]) -> list[Folded]:
        groups = by_contact(works)
        removed: dict[str, list[int]] = {}
        for contact_key, list_id in self._ledger.removals(groups):
            removed.setdefault(contact_key, []).append(list_id)
        return [fold(group, removed.get(key, ())) for key, group in groups.items()]

    def _send_all(self, folded: list[Folded], outcomes: Outcomes) -> _Sent:
        sent = _Sent()
        fitting: list[tuple[dict[str, object], Folded, int]] = []
        for contact in folded:
            content = self._import_contact(contact)
            size = sent_bytes(content)
            if fits(size):
                fitting.append((content, contact, size))
            else:
                sent.direct.append(contact)
        for indexes in batches([size for _, _, size in fitting]):
            contents = [fitting[index][0] for index in indexes]
            self._send(contents, [fitting[index][1] for index in indexes], sent, outcomes)
        return sent

    def _send(
        self,
        contents: list[dict[str, object]],
        contacts: list[Folded],
        sent: _Sent,
        outcomes: Outcomes,
    ) -> None:
        """Send a batch, and note in `sent` what became of its contacts.

        Contacts that the import says are not valid are taken out of both lists and rejected.
        """
        while contents:
            event_keys = [work.event_key for contact in contacts for work in contact.works]
            self._claim([work for contact in contacts for work in contact.works], BATCH_IN_DOUBT)
            try:
                batch_id = self._imports.send(contents)
            except InvalidContactsError as error:
                if not error.reasons:
                    logger.info(
                        "An import was refused as a whole; its contacts are delivered directly."
                    )
                    sent.direct.extend(contacts)
                    return
                for index in sorted(error.reasons, reverse=True):
                    del contents[index]
                    refused = contacts.pop(index)
                    _reject(
                        refused,
                        outcomes,
                        f"ActiveCampaign's import says of the contact: {error.reasons[index]}.",
                        "Correct the record and feed it in again.",
                    )
            except RetriableError:
                logger.info(
                    "The answer to an import was lost; its contacts are delivered directly."
                )
                sent.in_doubt.extend(contacts)
                # An account that does not answer is to end the run now, not after all batches.
                self._imports.are_under_way()
                return
            else:
                self._ledger.attach_batch(event_keys, batch_id)
                sent.batches[batch_id] = contacts
                return

    def _finish(self, contacts: list[Folded], result: ImportResult, outcomes: Outcomes) -> None:
        if not result.is_complete:
            logger.warning(
                "ActiveCampaign did not finish an import; its %d contacts are delivered directly.",
                len(contacts),
            )
            for contact in contacts:
                self._deliver_begun(contact, outcomes)
            return
        finished: list[Work] = []
        for contact in contacts:
            if contact.email in result.failed_emails:
                self._finish_failed(contact, outcomes)
            elif contact.rest:
                self._direct.deliver_steps(contact.rest, contact.works, outcomes)
            else:
                finished.extend(contact.works)
        outcomes.applied(finished)

    def _deliver_begun(self, contact: Folded, outcomes: Outcomes) -> None:
        self._direct.deliver_steps(contact.steps, contact.works, outcomes, is_begun=True)

    def _finish_failed(self, contact: Folded, outcomes: Outcomes) -> None:
        """Deal with a contact that the import refused.

        It refuses a contact as a whole that has left one of the lists. To leave a list is no fault:
        the rest of the order is carried out as for anyone.
        """
        found = self._direct.find(contact.email)
        if found is not None and self._direct.lists_left(found) & set(contact.list_ids):
            self._direct.deliver_steps(contact.steps, contact.works, outcomes, found)
        else:
            _reject(contact, outcomes, _REFUSED, _REFUSED_REMEDY)

    def _import_contact(self, folded: Folded) -> dict[str, object]:
        return import_contact(
            folded,
            lambda tag: self._directory.ensured_tag(tag)[1],
            exclude_automations=self._exclude_automations,
        )

    def _claim(self, works: list[Work], batch_id: str | None = None) -> None:
        self._ledger.claim(
            [(work.event_key, work.item_key, work.event) for work in works], batch_id=batch_id
        )


def _reject(contact: Folded, outcomes: Outcomes, reason: str, remedy: str) -> None:
    for work in contact.works:
        outcomes.rejected(work, reason, remedy)
