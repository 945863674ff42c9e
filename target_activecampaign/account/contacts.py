"""The calls that read and write one contact. Thin: nothing is decided here."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tap_activecampaign.api import ApiRequest, NotFoundError
from target_activecampaign.account.directory import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_activecampaign.api import ApiSession
    from target_activecampaign.segmentation.steps import Upsert

SUBSCRIBED: Final = 1
UNSUBSCRIBED: Final = 2
_CREATED: Final = 201
ON_LIST: Final = frozenset((0, 1))
# What the API asks for when someone who has left is subscribed again.
_SOURCE_OF_RESUBSCRIPTION: Final = 4
# Beyond this difference between the account's clock and ours a contact never counts as new.
_NEW_WITHIN_SECONDS: Final = 60
# Undocumented, but honoured in practice; without it the answer lacks the keys and we ask again.
_INCLUDED: Final = "contactLists,contactTags"


@dataclass
class Contact:
    """What is known of a contact while orders are applied to it.

    Attributes:
        contact_id: Its id.
        is_new: Whether it has just been created, so that it is on no list and has no tag.
        lists: List id -> status, or None as long as nobody asked.
        tags: Tag id -> id of the link, or None as long as nobody asked.
    """

    contact_id: int
    is_new: bool = False
    lists: dict[int, int] | None = None
    tags: dict[int, int] | None = None


@dataclass(frozen=True)
class AutomationEntry:
    """A contact's entry into an automation, and when it was made (seconds since 1970)."""

    entry_id: int
    made_at: float | None = field(default=None)


class ContactCalls:
    """The calls.

    Args:
        session: The account.
    """

    def __init__(self, session: ApiSession) -> None:
        self._session = session
        self._met: set[int] = set()

    def sync(self, email: str, upsert: Upsert) -> Contact:
        """Create or update a contact by its address."""
        values = {
            "email": email,
            "firstName": upsert.first_name,
            "lastName": upsert.last_name,
            "phone": upsert.phone,
            "fieldValues": [
                {"field": str(field_id), "value": value} for field_id, value in upsert.fields
            ]
            or None,
        }
        contact = {key: value for key, value in values.items() if value is not None}
        status, answer = self._session.send(
            ApiRequest(
                "POST",
                "contact/sync",
                body={"contact": contact},
                repeatable=True,
                accepts=lambda body: _id_in(body, "contact") is not None,
            )
        )
        contact_id = int(answer["contact"]["id"])
        is_new = contact_id not in self._met and status == _CREATED and _is_new(answer["contact"])
        self._met.add(contact_id)
        if is_new:
            return Contact(contact_id, is_new=True, lists={}, tags={})
        return Contact(contact_id)

    def find(self, email: str) -> Contact | None:
        """Return the contact with an address, or None."""
        answer = self._session.get(
            "contacts",
            {"email": email, "include": _INCLUDED},
            accepts=lambda body: isinstance(body, dict) and isinstance(body.get("contacts"), list),
        )
        # Compared again, because the API ignores parameters that it does not know.
        for row in answer["contacts"]:
            if str(row.get("email") or "").strip().casefold() == email.casefold():
                contact = Contact(int(row["id"]))
                _learn(contact, answer)
                return contact
        return None

    def lists_of(self, contact: Contact) -> dict[int, int]:
        """Return the statuses of a contact on its lists, asking once."""
        if contact.lists is None:
            answer = self._session.get(
                f"contacts/{contact.contact_id}",
                {"include": _INCLUDED},
                accepts=lambda body: _id_in(body, "contact") is not None,
            )
            _learn(contact, answer)
        if contact.lists is None:
            rows = rows_of(
                self._session, f"contacts/{contact.contact_id}/contactLists", "contactLists"
            )
            contact.lists = {int(row["list"]): int(row["status"]) for row in rows}
        return contact.lists

    def tags_of(self, contact: Contact) -> dict[int, int]:
        """Return the tags of a contact with the ids of their links, asking once."""
        if contact.tags is None:
            rows = rows_of(
                self._session, f"contacts/{contact.contact_id}/contactTags", "contactTags"
            )
            contact.tags = {int(row["tag"]): int(row["id"]) for row in rows}
        return contact.tags

    def subscribe(self, contact: Contact, list_id: int, *, again: bool) -> None:
        """Put a contact on a list; `again` if it had left."""
        values: dict[str, Any] = {
            "list": list_id,
            "contact": contact.contact_id,
            "status": SUBSCRIBED,
        }
        if again:
            values["sourceid"] = _SOURCE_OF_RESUBSCRIPTION
        self._set_list(contact, list_id, values)

    def unsubscribe(self, contact: Contact, list_id: int) -> None:
        """Take a contact off a list."""
        values = {"list": list_id, "contact": contact.contact_id, "status": UNSUBSCRIBED}
        self._set_list(contact, list_id, values)

    def _set_list(self, contact: Contact, list_id: int, values: dict[str, Any]) -> None:
        self._write("contactLists", "contactList", values)
        if contact.lists is not None:
            contact.lists[list_id] = int(values["status"])

    def add_tag(self, contact: Contact, tag_id: int) -> None:
        """Give a contact a tag. Repeating it changes nothing."""
        values = {"contact": contact.contact_id, "tag": tag_id}
        link_id = self._write("contactTags", "contactTag", values)
        if contact.tags is not None:
            contact.tags[tag_id] = link_id

    def remove_tag(self, contact: Contact, tag_id: int) -> None:
        """Take off a tag that `tags_of` has shown."""
        link_id = (contact.tags or {}).pop(tag_id)
        # Gone already if an earlier try was carried out and its answer lost.
        with contextlib.suppress(NotFoundError):
            self._session.send(ApiRequest("DELETE", f"contactTags/{link_id}"))

    def set_field(self, contact: Contact, field_id: int, value: str) -> None:
        """Write one field."""
        values = {"contact": contact.contact_id, "field": field_id, "value": value}
        self._write("fieldValues", "fieldValue", values)

    def _write(self, path: str, key: str, values: dict[str, Any]) -> int:
        """Write what may be written twice, and return its id."""
        request = ApiRequest(
            "POST",
            path,
            body={key: values},
            repeatable=True,
            accepts=lambda body: _id_in(body, key) is not None,
        )
        return int(self._session.send(request).body[key]["id"])

    def entries(self, contact: Contact, automation_id: int) -> list[AutomationEntry]:
        """Return a contact's entries into an automation."""
        rows = rows_of(
            self._session, f"contacts/{contact.contact_id}/contactAutomations", "contactAutomations"
        )
        return [
            AutomationEntry(int(row["id"]), _seconds(row.get("adddate")))
            for row in rows
            if str(row.get("automation") or row.get("seriesid")) == str(automation_id)
        ]

    def enter(self, contact: Contact, automation_id: int, *, newest_before: int) -> int:
        """Let a contact enter an automation and return the entry's id.

        Not idempotent: calling it twice makes two entries. Where an answer was lost, the contact's
        entries show whether the request was carried out.

        Args:
            contact: The contact.
            automation_id: The automation.
            newest_before: The newest entry that was there before.

        Raises:
            RetriableError: If there is no answer that tells the entry; it may have been made.
        """
        key = "contactAutomation"

        def already_done() -> dict[str, Any] | None:
            made = first_after(newest_before, self.entries(contact, automation_id))
            return None if made is None else {key: {"id": made}}

        request = ApiRequest(
            "POST",
            "contactAutomations",
            body={key: {"contact": contact.contact_id, "automation": automation_id}},
            accepts=lambda body: _id_in(body, key) is not None,
            already_done=already_done,
        )
        return int(self._session.send(request).body[key]["id"])


def first_after(newest_before: int, entries: Iterable[AutomationEntry]) -> int | None:
    """Return the first entry made after those that were there before, or None."""
    later = [entry.entry_id for entry in entries if entry.entry_id > newest_before]
    return min(later, default=None)


def _learn(contact: Contact, answer: dict[str, Any]) -> None:
    """Copy the side-loaded lists and tags into the contact."""
    own = str(contact.contact_id)
    lists, tags = answer.get("contactLists"), answer.get("contactTags")
    if isinstance(lists, list):
        contact.lists = {
            int(row["list"]): int(row["status"]) for row in lists if str(row["contact"]) == own
        }
    if isinstance(tags, list):
        contact.tags = {
            int(row["tag"]): int(row["id"]) for row in tags if str(row["contact"]) == own
        }


def _id_in(body: Any, key: str) -> int | None:
    row = body.get(key) if isinstance(body, dict) else None
    written = str(row.get("id", "")) if isinstance(row, dict) else ""
    return int(written) if written.isdecimal() else None


def _is_new(row: dict[str, Any]) -> bool:
    """Tell from the answer of a sync whether the contact has just been created.

    Only if it was created and changed in the same moment, and that moment is now: the documentation
    has status 201 for every sync. Taking a new contact for a known one costs a request; the other
    way round it could subscribe someone again who had left.
    """
    created, updated = _seconds(row.get("cdate")), _seconds(row.get("udate"))
    if created is None or created != updated:
        return False
    return abs(time.time() - created) <= _NEW_WITHIN_SECONDS


def _seconds(timestamp: Any) -> float | None:
    try:
        instant = datetime.fromisoformat(str(timestamp).replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant.timestamp() if instant.tzinfo is not None else None
