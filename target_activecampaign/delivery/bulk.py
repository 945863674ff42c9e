"""Bulk delivery: batches of contacts through the import, then what the import cannot do.

What happens after an interrupted run, by what the ledger shows of an event:

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
from target_activecampaign.delivery.batching import import_contact, merge_orders, without_person
from target_activecampaign.delivery.imports import (
    InvalidContactsError,
    batches,
    fits,
    sent_bytes,
)
from target_activecampaign.delivery.task import by_contact
from target_activecampaign.events.event_store import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_activecampaign.account.directory import Directory
    from target_activecampaign.delivery.batching import ContactBatch
    from target_activecampaign.delivery.direct import DirectDelivery
    from target_activecampaign.delivery.imports import ImportResult, Imports
    from target_activecampaign.delivery.task import OrderTask, Outcomes
    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.ledger import Ledger

logger = logging.getLogger(__name__)

_REFUSED = "ActiveCampaign's import did not take the contact: its address is excluded or bounces."
_REFUSED_REMEDY = (
    "Look at the contact and at the exclusion list in ActiveCampaign; then feed the record in "
    "again."
)


@dataclass
class SentBatches:
    """What became of contacts that were to go in batches.

    Attributes:
        by_import: Import -> the contacts that it carries, in the order of sending.
        direct: Contacts that no import carries.
        in_doubt: Contacts of imports that may or may not have been queued.
    """

    by_import: dict[str, list[ContactBatch]] = field(default_factory=dict)
    direct: list[ContactBatch] = field(default_factory=list)
    in_doubt: list[ContactBatch] = field(default_factory=list)


@dataclass(frozen=True)
class ResumedContact:
    """A contact for which an interrupted run has begun something.

    Attributes:
        contact: All its orders.
        claims: For each order what was begun, or None for an order that nobody has claimed.
    """

    contact: ContactBatch
    claims: tuple[Claim | None, ...]

    @property
    def unclaimed(self) -> list[OrderTask]:
        """The orders that nobody has claimed."""
        tasks = zip(self.contact.tasks, self.claims, strict=True)
        return [task for task, claim in tasks if claim is None]

    @property
    def is_in_doubt(self) -> bool:
        """Whether an import whose id never came back may carry something of it."""
        return any(claim is not None and claim.is_in_doubt for claim in self.claims)

    @property
    def import_ids(self) -> frozenset[str]:
        """The imports that carry something of it."""
        claimed = (claim.import_id for claim in self.claims if claim is not None)
        return frozenset(import_id for import_id in claimed if import_id is not None)

    @property
    def only_carrier(self) -> str | None:
        """The import that carries all there is to do, or None."""
        if self.contact.upsert is None or self.contact.rest or len(set(self.claims)) != 1:
            return None
        return next(iter(self.import_ids), None)


class BulkDelivery:
    """Carries out plans through the import.

    Args:
        imports: The account's import.
        direct: Does what the import cannot.
        directory: The account's tags.
        ledger: Knows which import carries which event.
    """

    def __init__(
        self, imports: Imports, direct: DirectDelivery, directory: Directory, ledger: Ledger
    ) -> None:
        self._imports = imports
        self._direct = direct
        self._directory = directory
        self._ledger = ledger

    def deliver(self, tasks: Sequence[OrderTask], outcomes: Outcomes) -> None:
        """Carry out plans, of any number of contacts. See `DeliveryPath`."""
        merged = self._merged(tasks)
        sent = self._send_all([one for one in merged if one.upsert is not None], outcomes)
        # While the imports run.
        for contact in (*(one for one in merged if one.upsert is None), *sent.direct):
            self._claim(contact.tasks)
            self._direct.deliver_steps(contact.steps, contact.tasks, outcomes)
        for import_id, result in self._imports.results(sent.by_import):
            self._finish(sent.by_import[import_id], result, outcomes)
        if sent.in_doubt:
            self._imports.wait_for_all()
        for contact in sent.in_doubt:
            self._deliver_begun(contact, outcomes)

    def resume(self, tasks: Sequence[OrderTask], claims: Claims, outcomes: Outcomes) -> None:
        """Finish the work of an interrupted run. See `DeliveryPath`."""
        waiting = [
            ResumedContact(contact, tuple(claims.get(task.event_key) for task in contact.tasks))
            for contact in self._merged(tasks)
        ]
        results: dict[str, ImportResult] = {}
        waiting = self._complete(waiting, results, outcomes)
        begun = (claims.get(task.event_key, Claim()).import_id for task in tasks)
        for import_id, result in self._imports.results(one for one in begun if one is not None):
            results[import_id] = result
            waiting = self._complete(waiting, results, outcomes)
        if waiting:
            self._imports.wait_for_all()
            self._complete(waiting, results, outcomes, is_idle=True)

    def _complete(
        self,
        waiting: list[ResumedContact],
        results: dict[str, ImportResult],
        outcomes: Outcomes,
        *,
        is_idle: bool = False,
    ) -> list[ResumedContact]:
        """Complete the contacts whose imports have ended; returns the others.

        Args:
            waiting: Contacts for which an interrupted run has begun something.
            results: Import -> its result, as far as they have ended.
            outcomes: Told what became of the contacts.
            is_idle: Whether the account has no import under way.
        """
        left: list[ResumedContact] = []
        carried: dict[str, list[ContactBatch]] = {}
        for resumed in waiting:
            if (resumed.is_in_doubt and not is_idle) or not resumed.import_ids <= results.keys():
                left.append(resumed)
                continue
            self._claim(resumed.unclaimed)
            carrier = resumed.only_carrier
            if carrier is not None:
                carried.setdefault(carrier, []).append(resumed.contact)
            else:
                self._deliver_begun(resumed.contact, outcomes)
        for import_id, contacts in carried.items():
            self._finish(contacts, results[import_id], outcomes)
        return left

    def _merged(self, tasks: Iterable[OrderTask]) -> list[ContactBatch]:
        groups = by_contact(tasks)
        removed: dict[str, list[int]] = {}
        for contact_key, list_id in self._ledger.removals.of(groups):
            removed.setdefault(contact_key, []).append(list_id)
        return [merge_orders(group, removed.get(key, ())) for key, group in groups.items()]

    def _send_all(self, merged: list[ContactBatch], outcomes: Outcomes) -> SentBatches:
        sent = SentBatches()
        fitting: list[tuple[dict[str, object], ContactBatch, int]] = []
        for contact in merged:
            content = self._import_contact(contact)
            size = sent_bytes(content)
            if fits(size):
                fitting.append((content, contact, size))
            else:
                sent.direct.append(contact)
        sizes = [size for _, _, size in fitting]
        for indexes in batches(sizes, most_contacts=self._imports.most_contacts):
            contents = [fitting[index][0] for index in indexes]
            self._send(contents, [fitting[index][1] for index in indexes], sent, outcomes)
        return sent

    def _send(
        self,
        contents: list[dict[str, object]],
        contacts: list[ContactBatch],
        sent: SentBatches,
        outcomes: Outcomes,
    ) -> None:
        """Send a batch, and note in `sent` what became of its contacts.

        Contacts that the import says are not valid are taken out of both lists and rejected.
        """
        while contents:
            tasks = [task for contact in contacts for task in contact.tasks]
            self._claim(tasks, by_unknown_import=True)
            try:
                import_id = self._imports.send(contents)
            except InvalidContactsError as error:
                if not error.reasons:
                    logger.info(
                        "An import was refused as a whole; its contacts are delivered directly."
                    )
                    sent.direct.extend(contacts)
                    return
                for index in sorted(error.reasons, reverse=True):
                    reason = without_person(error.reasons[index], contents.pop(index))
                    refused = contacts.pop(index)
                    _reject(
                        refused,
                        outcomes,
                        f"ActiveCampaign's import says of the contact: {reason}.",
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
                self._ledger.events.attach_import([task.event_key for task in tasks], import_id)
                sent.by_import[import_id] = contacts
                return

    def _finish(
        self, contacts: list[ContactBatch], result: ImportResult, outcomes: Outcomes
    ) -> None:
        if not result.is_complete:
            logger.warning(
                "ActiveCampaign did not finish an import; its %d contacts are delivered directly.",
                len(contacts),
            )
            for contact in contacts:
                self._deliver_begun(contact, outcomes)
            return
        finished: list[OrderTask] = []
        for contact in contacts:
            if contact.email in result.failed_emails:
                self._finish_failed(contact, outcomes)
            elif contact.rest:
                self._direct.deliver_steps(contact.rest, contact.tasks, outcomes)
            else:
                finished.extend(contact.tasks)
        outcomes.applied(finished)

    def _deliver_begun(self, contact: ContactBatch, outcomes: Outcomes) -> None:
        self._direct.deliver_steps(contact.steps, contact.tasks, outcomes, is_begun=True)

    def _finish_failed(self, contact: ContactBatch, outcomes: Outcomes) -> None:
        """Handle a contact that the import rejected.

        It rejects a contact as a whole that has left one of the lists. Having left a list is not an
        error: the rest of the order is carried out as for anyone.
        """
        found = self._direct.find(contact.email)
        if found is not None and self._direct.lists_left(found) & set(contact.list_ids):
            self._direct.deliver_steps(contact.steps, contact.tasks, outcomes, found)
        else:
            _reject(contact, outcomes, _REFUSED, _REFUSED_REMEDY)

    def _import_contact(self, batch: ContactBatch) -> dict[str, object]:
        return import_contact(
            batch,
            lambda tag: self._directory.ensured_tag(tag)[1],
            exclude_automations=self._imports.exclude_automations,
        )

    def _claim(self, tasks: Iterable[OrderTask], *, by_unknown_import: bool = False) -> None:
        self._ledger.events.claim(
            [task.identity for task in tasks], by_unknown_import=by_unknown_import
        )


def _reject(contact: ContactBatch, outcomes: Outcomes, reason: str, remedy: str) -> None:
    for task in contact.tasks:
        outcomes.rejected(task, reason, remedy)
