"""Entries into automations: the one effect that doing twice does twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_activecampaign.account.contacts import first_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.account.contacts import AutomationEntry, Contact, ContactCalls
    from target_activecampaign.delivery.task import Work
    from target_activecampaign.events.ledger import Ledger


def enter_once(
    calls: ContactCalls, ledger: Ledger, contact: Contact, automation_id: int, work: Work
) -> None:
    """Let a contact enter an automation exactly once for an event.

    An entry that the ledger cannot account for, made since the event came to be, is this event's:
    a run that died, or whose ledger is lost, has made it.

    Args:
        calls: The account.
        ledger: Knows which entries belong to which event.
        contact: The contact.
        automation_id: The automation.
        work: The event.

    Raises:
        RetriableError: If ActiveCampaign keeps failing.
    """
    noted = ledger.entry(work.event_key, automation_id)
    if noted is not None and noted.entry_id is not None:
        return
    known = ledger.known_entry_ids(work.contact_key, automation_id)
    entries = [] if contact.is_new else calls.entries(contact, automation_id)
    unexplained = [entry for entry in entries if entry.entry_id not in known]
    if noted is not None:
        entry_id = first_after(noted.newest_before, unexplained)
    else:
        entry_id = _first_since(work.event.moment, unexplained)
    newest_before = max((entry.entry_id for entry in entries), default=0)
    if entry_id is None:
        _note(ledger, work, automation_id, newest_before)
        entry_id = calls.enter(contact, automation_id, newest_before=newest_before)
    _note(ledger, work, automation_id, newest_before, entry_id)


def _first_since(moment: int | None, entries: Iterable[AutomationEntry]) -> int | None:
    if moment is None:
        return None
    since = [
        entry.entry_id for entry in entries if entry.made_at is not None and entry.made_at >= moment
    ]
    return min(since, default=None)


def _note(
    ledger: Ledger,
    work: Work,
    automation_id: int,
    newest_before: int,
    entry_id: int | None = None,
) -> None:
    ledger.note_entry(
        work.event_key,
        automation_id,
        contact_key=work.contact_key,
        newest_before=newest_before,
        entry_id=entry_id,
    )
