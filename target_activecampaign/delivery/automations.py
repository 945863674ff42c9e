"""Automation entries, the only step that is not idempotent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_activecampaign.account.contacts import first_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.account.contacts import AutomationEntry, Contact, ContactCalls
    from target_activecampaign.events.contact_stores import AutomationEntries
    from target_activecampaign.events.identity import EventIdentity


def enter_once(
    calls: ContactCalls,
    noted_entries: AutomationEntries,
    contact: Contact,
    automation_id: int,
    identity: EventIdentity,
) -> None:
    """Let a contact enter an automation exactly once for an event.

    An entry that the ledger cannot account for, made since the event's date, is this event's: a run
    that was interrupted, or whose ledger is lost, has made it.

    Args:
        calls: The account.
        noted_entries: Which entries belong to which event.
        contact: The contact.
        automation_id: The automation.
        identity: The event.

    Raises:
        RetriableError: If ActiveCampaign keeps failing.
    """
    noted = noted_entries.of(identity.event_key, automation_id)
    if noted is not None and noted.entry_id is not None:
        return
    known = noted_entries.known_ids(identity.contact_key, automation_id)
    entries = [] if contact.is_new else calls.entries(contact, automation_id)
    unexplained = [entry for entry in entries if entry.entry_id not in known]
    if noted is not None:
        entry_id = first_after(noted.newest_before, unexplained)
    else:
        entry_id = _first_since(identity.event.moment, unexplained)
    newest_before = max((entry.entry_id for entry in entries), default=0)

    def note(made: int | None) -> None:
        noted_entries.note(
            identity.event_key,
            automation_id,
            contact_key=identity.contact_key,
            newest_before=newest_before,
            entry_id=made,
        )

    if entry_id is None:
        note(None)
        entry_id = calls.enter(contact, automation_id, newest_before=newest_before)
    note(entry_id)


def _first_since(moment: int | None, entries: Iterable[AutomationEntry]) -> int | None:
    if moment is None:
        return None
    since = [
        entry.entry_id for entry in entries if entry.made_at is not None and entry.made_at >= moment
    ]
    return min(since, default=None)
