"""Direct delivery: the calls for one contact, in the order of its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typing_extensions import assert_never

from tap_activecampaign.api import AccessDeniedError, NotFoundError, RequestRefusedError
from target_activecampaign.account.contacts import (
    ON_LIST,
    SUBSCRIBED,
    UNSUBSCRIBED,
    Contact,
    ContactCalls,
)
from target_activecampaign.delivery.automations import enter_once
from target_activecampaign.delivery.task import by_contact
from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_activecampaign.api import ApiError, ApiSession
    from target_activecampaign.account.directory import Directory
    from target_activecampaign.delivery.task import OrderTask, Outcomes
    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.ledger import Ledger

# Refusals that concern one contact; any other would meet the next one too.
_ONE_CONTACT: Final = frozenset((400, 404, 409, 413, 422))


class DirectDelivery:
    """Carries out plans contact by contact.

    Args:
        session: The account.
        directory: Its tags.
        ledger: Knows what has been done.
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

    def deliver(self, tasks: Sequence[OrderTask], outcomes: Outcomes) -> None:
        """Carry out plans, one after the other. See `DeliveryPath`."""
        self._ledger.events.claim(task.identity for task in tasks)
        for task in tasks:
            self.deliver_steps([(step, task) for step in task.plan.steps], [task], outcomes)

    def resume(self, tasks: Sequence[OrderTask], claims: Claims, outcomes: Outcomes) -> None:
        """Complete what an interrupted run has begun without an import. See `DeliveryPath`."""
        self._ledger.events.claim(task.identity for task in tasks if task.event_key not in claims)
        for group in by_contact(tasks).values():
            steps = [(step, task) for task in group for step in task.plan.steps]
            self.deliver_steps(steps, group, outcomes, is_begun=True)

    def deliver_steps(
        self,
        steps: Iterable[tuple[Step, OrderTask]],
        tasks: Sequence[OrderTask],
        outcomes: Outcomes,
        contact: Contact | None = None,
        *,
        is_begun: bool = False,
    ) -> None:
        """Carry out steps for one contact.

        Args:
            steps: Steps, each with the claimed task that it belongs to.
            tasks: All tasks that are finished with these steps.
            outcomes: Told what became of them.
            contact: The contact, if it is known already.
            is_begun: Whether a part may have been done before, so that nothing is taken for new.
        """
        session = ContactSession(
            self._calls,
            self._directory,
            self._ledger,
            tasks[0].plan.email,
            contact=contact,
            is_begun=is_begun,
        )
        refused: set[str] = set()
        for step, task in steps:
            if task.event_key in refused:
                continue
            try:
                is_subscribed = session.carry_out(step, task.identity)
                if isinstance(step, Subscribe) and not is_subscribed:
                    outcomes.left_list(task, step.list_id)
            except (RequestRefusedError, NotFoundError, AccessDeniedError) as error:
                if not _concerns_one_contact(error, step):
                    raise
                refused.add(task.event_key)
                outcomes.rejected(task, *_refusal(error))
        outcomes.applied([task for task in tasks if task.event_key not in refused])


def _concerns_one_contact(error: ApiError, step: Step) -> bool:
    if isinstance(error, AccessDeniedError):
        # The API's way to say that this contact cannot enter this automation.
        return isinstance(step, EnterAutomation)
    return error.status in _ONE_CONTACT


def _refusal(error: ApiError) -> tuple[str, str]:
    remedy = "Correct the record, or what the rule names in ActiveCampaign; then feed it in again."
    return f"{error}.", remedy


class ContactSession:
    """One contact while steps are carried out on it.

    Args:
        calls: The account.
        directory: Its tags.
        ledger: Remembers removals and entries into automations.
        email: The contact.
        contact: What is known of it already.
        is_begun: Whether a part may have been done before, so that nothing is taken for new.
    """

    def __init__(  # noqa: PLR0913
        self,
        calls: ContactCalls,
        directory: Directory,
        ledger: Ledger,
        email: str,
        *,
        contact: Contact | None = None,
        is_begun: bool = False,
    ) -> None:
        self._calls = calls
        self._directory = directory
        self._ledger = ledger
        self._email = email
        self._contact = contact
        self._is_begun = is_begun
        self._is_missing = False

    def carry_out(self, step: Step, identity: EventIdentity) -> bool:
        """Carry out one step for an event.

        Returns:
            False for a subscription of somebody who has left the list by their own will.
        """
        if isinstance(step, Upsert):
            self._upsert(step)
            return True
        contact = self._found()
        if contact is None:
            # Only removals get here: a contact that does not exist is not created by them.
            return True
        match step:
            case Subscribe():
                return self._subscribe(contact, step, identity.contact_key)
            case Unsubscribe():
                self._unsubscribe(contact, step, identity.contact_key)
            case AddTag():
                self._add_tag(contact, step)
            case RemoveTag():
                self._remove_tag(contact, step)
            case SetField():
                self._calls.set_field(contact, step.field_id, step.value)
            case EnterAutomation():
                enter_once(self._calls, self._ledger.entries, contact, step.automation_id, identity)
            case _:
                assert_never(step)
        return True

    def _upsert(self, step: Upsert) -> None:
        synced = self._calls.sync(self._email, step)
        if self._is_begun:
            synced = Contact(synced.contact_id)
        if self._contact is None or self._contact.contact_id != synced.contact_id:
            self._contact = synced

    def _add_tag(self, contact: Contact, step: AddTag) -> None:
        tag_id, _ = self._directory.ensured_tag(step.name)
        if contact.tags is None or tag_id not in contact.tags:
            self._calls.add_tag(contact, tag_id)

    def _remove_tag(self, contact: Contact, step: RemoveTag) -> None:
        tag = self._directory.tag(step.name)
        if tag is not None and tag[0] in self._calls.tags_of(contact):
            self._calls.remove_tag(contact, tag[0])

    def _found(self) -> Contact | None:
        if self._contact is None and not self._is_missing:
            self._contact = self._calls.find(self._email)
            self._is_missing = self._contact is None
        return self._contact

    def _subscribe(self, contact: Contact, step: Subscribe, contact_key: str) -> bool:
        """Subscribe the contact; returns False if it has left the list by its own will."""
        status = self._calls.lists_of(contact).get(step.list_id)
        removed_by_rule = (contact_key, step.list_id) in self._ledger.removals.of([contact_key])
        if status == UNSUBSCRIBED and not (step.resubscribe or removed_by_rule):
            return False
        if status is None or status in ON_LIST - {SUBSCRIBED} or status == UNSUBSCRIBED:
            self._calls.subscribe(contact, step.list_id, again=status == UNSUBSCRIBED)
        if removed_by_rule:
            self._ledger.removals.forget(contact_key, step.list_id)
        return True

    def _unsubscribe(self, contact: Contact, step: Unsubscribe, contact_key: str) -> None:
        if self._calls.lists_of(contact).get(step.list_id) not in ON_LIST:
            return
        # Before the call: the next run must not take our removal for an opt-out if this one is
        # interrupted in between.
        self._ledger.removals.remember(contact_key, step.list_id)
        self._calls.unsubscribe(contact, step.list_id)
