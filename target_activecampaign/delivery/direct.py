"""Direct delivery: the calls for one contact, in the order of its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_activecampaign.api import AccessDeniedError, NotFoundError, RequestRefusedError
from target_activecampaign.account.contacts import (
    ON_LIST,
    SUBSCRIBED,
    UNSUBSCRIBED,
    Contact,
    ContactCalls,
)
from target_activecampaign.delivery.automations import enter_once
from target_activecampaign.segmentation.plan import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Subscribe,
    Unsubscribe,
    Upsert,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_activecampaign.api import ApiError, ApiSession
    from target_activecampaign.account.directory import Directory
    from target_activecampaign.delivery.task import Outcomes, Work
    from target_activecampaign.events.ledger import Ledger
    from target_activecampaign.segmentation.plan import Step

# Refusals that concern one contact; any other would meet the next one too.
_ONE_CONTACT: Final = frozenset((400, 404, 409, 413, 422))


class DirectDelivery:
    """Carries out plans contact by contact.

    Args:
        session: The account.
        directory: Its tags.
        ledger: Remembers removals and entries into automations.
    """

    def __init__(self, session: ApiSession, directory: Directory, ledger: Ledger) -> None:
        self._calls = ContactCalls(session)
        self._directory = directory
        self._ledger = ledger

    def find(self, email: str) -> Contact | None:
        """Return the contact with an address, or None."""
        return self._calls.find(email)

    def lists_left(self, contact: Contact) -> frozenset[int]:
        """Return the lists that a contact has unsubscribed from."""
        statuses = self._calls.lists_of(contact)
        return frozenset(key for key, status in statuses.items() if status == UNSUBSCRIBED)

    def deliver(self, works: Iterable[Work], outcomes: Outcomes) -> None:
        """Carry out the plans of claimed work, one after the other."""
        for work in works:
            self.deliver_steps([(step, work) for step in work.plan.steps], [work], outcomes)

    def deliver_steps(
        self,
        steps: list[tuple[Step, Work]],
        works: list[Work],
        outcomes: Outcomes,
        contact: Contact | None = None,
        *,
        is_begun: bool = False,
    ) -> None:
        """Carry out steps for one contact.

        Args:
            steps: Steps, each with the work that it belongs to.
            works: All work that is finished with these steps.
            outcomes: Told what became of it.
            contact: The contact, if it is known already.
            is_begun: Whether a part may have been done before, so that nothing is taken for new.
        """
        visit = _Visit(self._calls, self._directory, self._ledger, works[0].plan.email)
        visit.contact, visit.is_begun = contact, is_begun
        refused: set[str] = set()
        for step, work in steps:
            if work.event_key in refused:
                continue
            try:
                visit.carry_out(step, work)
            except (RequestRefusedError, NotFoundError, AccessDeniedError) as error:
                if not _concerns_one_contact(error, step):
                    raise
                refused.add(work.event_key)
                outcomes.rejected(work, *_refusal(error))
        outcomes.applied([work for work in works if work.event_key not in refused])


def _concerns_one_contact(error: ApiError, step: Step) -> bool:
    if isinstance(error, AccessDeniedError):
        # The API's way to say that this contact cannot enter this automation.
        return isinstance(step, EnterAutomation)
    return error.status in _ONE_CONTACT


def _refusal(error: ApiError) -> tuple[str, str]:
    remedy = "Correct the record, or what the rule names in ActiveCampaign; then feed it in again."
    return f"{error}.", remedy


class _Visit:
    """One contact while steps are carried out on it."""

    def __init__(
        self, calls: ContactCalls, directory: Directory, ledger: Ledger, email: str
    ) -> None:
        self.contact: Contact | None = None
        self.is_begun = False
        self._calls = calls
        self._directory = directory
        self._ledger = ledger
        self._email = email
        self._is_missing = False

    def carry_out(self, step: Step, work: Work) -> None:
        if isinstance(step, Upsert):
            synced = self._calls.sync(self._email, step)
            if self.is_begun:
                synced = Contact(synced.contact_id)
            if self.contact is None or self.contact.contact_id != synced.contact_id:
                self.contact = synced
            return
        contact = self._found()
        if contact is None:
            # Only removals get here: a contact that does not exist is not created by them.
            return
        if isinstance(step, Subscribe):
            self._subscribe(contact, step, work)
        elif isinstance(step, Unsubscribe):
            self._unsubscribe(contact, step, work)
        elif isinstance(step, AddTag | RemoveTag):
            self._tag(contact, step)
        elif isinstance(step, SetField):
            self._calls.set_field(contact, step.field_id, step.value)
        else:
            enter_once(self._calls, self._ledger, contact, step.automation_id, work)

    def _tag(self, contact: Contact, step: AddTag | RemoveTag) -> None:
        if isinstance(step, AddTag):
            tag_id, _ = self._directory.ensured_tag(step.name)
            if contact.tags is None or tag_id not in contact.tags:
                self._calls.add_tag(contact, tag_id)
            return
        tag = self._directory.tag(step.name)
        if tag is not None and tag[0] in self._calls.tags_of(contact):
            self._calls.remove_tag(contact, tag[0])

    def _found(self) -> Contact | None:
        if self.contact is None and not self._is_missing:
            self.contact = self._calls.find(self._email)
            self._is_missing = self.contact is None
        return self.contact

    def _subscribe(self, contact: Contact, step: Subscribe, work: Work) -> None:
        status = self._calls.lists_of(contact).get(step.list_id)
        removed_by_rule = (work.contact_key, step.list_id) in self._ledger.removals(
            [work.contact_key]
        )
        if status == UNSUBSCRIBED and not (step.resubscribe or removed_by_rule):
            return
        if status is None or status in ON_LIST - {SUBSCRIBED} or status == UNSUBSCRIBED:
            self._calls.subscribe(contact, step.list_id, again=status == UNSUBSCRIBED)
        if removed_by_rule:
            self._ledger.forget_removal(work.contact_key, step.list_id)

    def _unsubscribe(self, contact: Contact, step: Unsubscribe, work: Work) -> None:
        if self._calls.lists_of(contact).get(step.list_id) not in ON_LIST:
            return
        # Before the call: a run that dies in between must not take our removal for an opt-out.
        self._ledger.remember_removal(work.contact_key, step.list_id)
        self._calls.unsubscribe(contact, step.list_id)
