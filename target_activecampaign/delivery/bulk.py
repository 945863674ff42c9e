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
from typing import TYPE_CHECKING

from tap_activecampaign.api import NotFoundError, RequestRefusedError, RetriableError
from target_activecampaign.delivery.fold import by_contact, fold, import_contact
from target_activecampaign.delivery.imports import (
    ImportResult,
    InvalidContactsError,
    batches,
    sent_bytes,
)
from target_activecampaign.ledger_tables import BATCH_IN_DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.delivery.direct import DirectDelivery
    from target_activecampaign.delivery.fold import Folded
    from target_activecampaign.delivery.imports import Imports
    from target_activecampaign.delivery.work import Outcomes, Work
    from target_activecampaign.ledger import Ledger
    from target_activecampaign.names import Directory

logger = logging.getLogger(__name__)

_REFUSED = "ActiveCampaign's import did not take the contact: its address is excluded or bounces."
_REFUSED_REMEDY = (
    "Look at the contact and at the exclusion list in ActiveCampaign; then feed the record in "
    "again."
)


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
        """
        groups = by_contact(works)
        removed: dict[str, list[int]] = {}
        for contact_key, list_id in self._ledger.removals(groups):
            removed.setdefault(contact_key, []).append(list_id)
        folded = [fold(group, removed.get(key, ())) for key, group in groups.items()]
        in_bulk = [contact for contact in folded if contact.upsert is not None]
        sent = self._send_all(in_bulk, outcomes)
        # The newest first: once it is done the others are, and one question each is enough.
        for batch_id, contacts in reversed(sent):
            self._finish(contacts, self._result(batch_id), outcomes)
        for contact in folded:
            if contact.upsert is None:
                self._claim(contact.works)
                self._direct.deliver_steps(contact.rest, contact.works, outcomes)

    def resume(
        self, works: list[Work], batch_ids: dict[str, str | None], outcomes: Outcomes
    ) -> None:
        """Complete what a run that died has left.

        Args:
            works: All work of contacts of which some is claimed, in the order of arrival.
            batch_ids: Event key -> import, for the events that are claimed.
            outcomes: Told what became of it.
        """
        logger.info("Completing %d orders that an earlier run has left unfinished.", len(works))
        results = {
            batch_id: self._result(batch_id) for batch_id in set(batch_ids.values()) if batch_id
        }
        if BATCH_IN_DOUBT in batch_ids.values():
            self._imports.wait_for_all()
        groups = by_contact(works)
        removed: dict[str, list[int]] = {}
        for contact_key, list_id in self._ledger.removals(groups):
            removed.setdefault(contact_key, []).append(list_id)
        for key, group in groups.items():
            contact = fold(group, removed.get(key, ()))
            carriers = {batch_ids.get(work.event_key) for work in group}
            result = results.get(next(iter(carriers)) or "") if len(carriers) == 1 else None
            self._claim([work for work in group if work.event_key not in batch_ids])
            if result is not None and contact.upsert is not None and not contact.rest:
                self._finish([contact], result, outcomes)
            else:
                self._direct.deliver_steps(contact.steps, group, outcomes, is_begun=True)

    def _send_all(self, folded: list[Folded], outcomes: Outcomes) -> list[tuple[str, list[Folded]]]:
        contents = [self._import_contact(contact) for contact in folded]
        sent = []
        for indexes in batches([sent_bytes(content) for content in contents]):
            contacts = [folded[index] for index in indexes]
            batch_id = self._send([contents[index] for index in indexes], contacts, outcomes)
            if batch_id is not None:
                sent.append((batch_id, contacts))
        return sent

    def _send(
        self, contents: list[dict[str, object]], contacts: list[Folded], outcomes: Outcomes
    ) -> str | None:
        """Send a batch; returns its id, or None if its contacts have been dealt with otherwise.

        Contacts that the import says are not valid are taken out of both lists and rejected.
        """
        while contents:
            self._claim([work for contact in contacts for work in contact.works], BATCH_IN_DOUBT)
            try:
                batch_id = self._imports.send(contents)
            except InvalidContactsError as error:
                for index in sorted(error.reasons, reverse=True):
                    del contents[index]
                    refused = contacts.pop(index)
                    _reject(
                        refused,
                        outcomes,
                        f"ActiveCampaign's import says of the contact: {error.reasons[index]}.",
                        "Correct the record and feed it in again.",
                    )
                continue
            except RetriableError:
                logger.info(
                    "The answer to an import was lost; its contacts are delivered directly."
                )
                self._imports.wait_for_all()
                for contact in contacts:
                    self._deliver_begun(contact, outcomes)
                return None
            event_keys = [work.event_key for contact in contacts for work in contact.works]
            self._ledger.attach_batch(event_keys, batch_id)
            return batch_id
        return None

    def _result(self, batch_id: str) -> ImportResult:
        try:
            return self._imports.result(batch_id)
        except (NotFoundError, RequestRefusedError):
            # Not known any more; whatever it did, direct delivery does only what is missing.
            return ImportResult(is_complete=False, failed_emails=frozenset())

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
