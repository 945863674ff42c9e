"""Writes that concern one contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.people import email_is_valid
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.people import People
    from tests.sandbox.spec import Row

_NAMES = ("email", "phone", "firstName", "lastName")
_STATUSES = (0, 1, 2, 3)


def inner(body: Any, name: str) -> Row:
    """Return the object under a request's envelope; empty where there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def errors(code: int, title: str, /, **more: Any) -> Reply:
    """Return an answer of a status with a list of one error."""
    return Reply(code, {"errors": [{"title": title, **more}]})


def missing(name: str) -> Reply:
    """Return what is said of an attribute that is not there."""
    source = {"pointer": f"/data/attributes/{name}"}
    return errors(422, "Missing attribute", status=422, source=source)


class ContactWrites:
    """Writes to contacts, memberships, tag links, field values, notes, automation entries.

    Args:
        account: the account.
        people: what is done to contacts.
    """

    def __init__(self, account: Account, people: People) -> None:
        self._account = account
        self._people = people

    # --- contacts ---------------------------------------------------------------------------

    def sync(self, body: Row, _row_id: str) -> Reply:
        """Create or update a contact by its address."""
        contact = inner(body, "contact")
        email = contact.get("email")
        if not email:
            detail = "Contact email must be provided for sync"
            return errors(400, "Bad Request", status=400, detail=detail)
        if not email_is_valid(email):
            return self._invalid_email()
        known = self._people.find(email)
        if known is None:
            contact_id = self._people.create(email, **self._values(contact, without="email"))
        else:
            contact_id = known
            self._people.change(known, **self._values(contact, without="email"))
        self._set_fields(contact_id, contact)
        return Reply(201 if known is None else 200, self._echo(contact_id, blank_org=known is None))

    def create(self, body: Row, _row_id: str) -> Reply:
        """Create a contact."""
        contact = inner(body, "contact")
        email = contact.get("email") or ""
        if email and not email_is_valid(email):
            return self._invalid_email()
        if not email and not contact.get("allowNullEmail"):
            return self._invalid_email()
        if email and self._people.find(email) is not None:
            return self._duplicate()
        contact_id = self._people.create(email, **self._values(contact, without="email"))
        self._set_fields(contact_id, contact)
        echo = self._echo(contact_id, blank_org=True)
        sparse = ("email", "cdate", "udate", "orgid", "links", "id", "organization")
        echo["contact"] = {name: echo["contact"][name] for name in sparse}
        return Reply(201, echo)

    def update(self, body: Row, row_id: str) -> Reply:
        """Change a contact."""
        if not self._people.exists("contacts", row_id):
            return self._no_contact(row_id)
        contact = inner(body, "contact")
        email = contact.get("email")
        if email is not None:
            if not email_is_valid(email):
                return self._invalid_email()
            if self._people.find(email) not in (None, row_id):
                return self._duplicate()
        self._people.change(row_id, **self._values(contact))
        self._set_fields(row_id, contact)
        return Reply(200, self._echo(row_id, blank_org=False))

    def delete(self, _body: Row, row_id: str) -> Reply:
        """Delete a contact."""
        if not self._people.exists("contacts", row_id):
            return self._no_contact(row_id)
        self._people.delete(row_id)
        return Reply(200, {})

    def _values(self, contact: Row, without: str = "") -> Row:
        """Return what is sent; what is not sent stays as it is."""
        values = {
            name: str(contact[name] or "") for name in _NAMES if name in contact and name != without
        }
        if "email" in values:
            values["email"] = values["email"].strip().lower()
        return values

    def _set_fields(self, contact_id: str, contact: Row) -> None:
        for value in contact.get("fieldValues") or []:
            if self._people.exists("fields", value.get("field")):
                self._people.set_field(contact_id, value["field"], value.get("value"))

    def _echo(self, contact_id: str, *, blank_org: bool) -> Row:
        row = self._account.row("contacts", contact_id)
        values = self._people.below("fieldValues", contact_id)
        row["fieldValues"] = [value["id"] for value in values]
        row["email_empty"] = not row["email"]
        if blank_org:
            row |= {"orgid": "", "organization": ""}
        return {"fieldValues": values, "contact": row}

    @staticmethod
    def _invalid_email() -> Reply:
        return errors(
            422,
            "Contact Email Address is not valid.",
            detail="",
            code="email_invalid",
            error="must_be_valid_email_address",
            source={"pointer": "/data/attributes/email"},
        )

    @staticmethod
    def _duplicate() -> Reply:
        return errors(
            422,
            "Email address already exists in the system",
            detail="",
            code="duplicate",
            source={"pointer": "/data/attributes/email"},
        )

    @staticmethod
    def _no_contact(row_id: str) -> Reply:
        return Reply(404, {"message": f"No Result found for Subscriber with id {row_id}"})

    # --- lists and tags ---------------------------------------------------------------------

    def subscribe(self, body: Row, _row_id: str) -> Reply:
        """Set a contact's status on a list; the same pair is updated in place."""
        wanted = inner(body, "contactList")
        contact, target = str(wanted.get("contact")), wanted.get("list")
        if not self._people.exists("contacts", contact) or not self._people.exists("lists", target):
            return Reply(400, {})
        try:
            status = int(wanted.get("status", -1))
        except (TypeError, ValueError):
            status = -1
        if status not in _STATUSES:
            source = {"pointer": "/data/attributes/status"}
            return errors(422, "Status is not valid", detail="", code="invalid", source=source)
        source_id = str(wanted.get("sourceid", "3"))
        row_id = self._people.set_membership(contact, target, status, source_id)
        row = self._account.row("contactLists", row_id)
        row["status"] = wanted["status"]  # answers echo the request's types
        contacts = [self._account.row("contacts", contact)]
        return Reply(200, {"contacts": contacts, "contactList": row})

    def tag(self, body: Row, _row_id: str) -> Reply:
        """Tag a contact; repeated, the same link is answered."""
        wanted = inner(body, "contactTag")
        if not wanted.get("contact"):
            return missing("contact")
        if not wanted.get("tag"):
            return errors(422, "No tag id provided", status=422)
        contact = str(wanted["contact"])
        if not self._people.exists("contacts", contact):
            return errors(404, "Not Found", status=404, detail="Contact not found")
        if not self._people.exists("tags", wanted["tag"]):
            return errors(404, "Not Found", status=404, detail="Tag not found")
        row_id, new = self._people.add_tag(contact, wanted["tag"])
        row = self._account.row("contactTags", row_id)
        if new:
            return Reply(201, {"contactTag": row})
        contacts = [self._account.row("contacts", contact)]
        return Reply(200, {"contacts": contacts, "contactTag": row})

    def untag(self, _body: Row, row_id: str) -> Reply:
        """Take a tag off, by the id of the link."""
        if not self._people.exists("contactTags", row_id):
            return Reply(404, {"message": f"No Result found for SubscriberTag with id {row_id}"})
        tag_id = self._account.row("contactTags", row_id)["tag"]
        self._account.delete("contactTags", row_id)
        if self._people.exists("tags", tag_id):
            self._account.add_to("tags", tag_id, "subscriber_count", -1)
        return Reply(200, {})

    # --- automations ------------------------------------------------------------------------

    def enter_automation(self, body: Row, _row_id: str) -> Reply:
        """Let a contact enter an automation; every call is an entry of its own."""
        wanted = inner(body, "contactAutomation")
        contact, automation = str(wanted.get("contact")), str(wanted.get("automation"))
        known = self._people.exists("contacts", contact)
        if not known or not self._people.exists("automations", automation):
            return Reply(403, {"message": "Could not create SubscriberSeries"})
        row_id = self._account.insert(
            "contactAutomations",
            contact=contact,
            automation=automation,
            seriesid=automation,
            status="1",
            remdate=None,
            batchid=None,
            timespan=None,
            completed=0,
            completeValue=0,
            completedElements="0",
        )
        self._account.add_to("automations", automation, "entered", 1)
        row = self._account.row("contactAutomations", row_id)
        row |= {"startid": 0, "status": 1}
        contacts = [self._account.row("contacts", contact)]
        return Reply(201, {"contacts": contacts, "contactAutomation": row})

    def leave_automation(self, _body: Row, row_id: str) -> Reply:
        """Remove an entry."""
        if not self._people.exists("contactAutomations", row_id):
            return Reply(403, {"message": f"No Result found for SubscriberSeries with id {row_id}"})
        self._account.delete("contactAutomations", row_id)
        return Reply(200, {})

    # --- field values and notes -------------------------------------------------------------

    def set_field(self, body: Row, _row_id: str) -> Reply:
        """Set a custom field value; it moves the contact's update stamps too."""
        wanted = inner(body, "fieldValue")
        contact = str(wanted.get("contact"))
        if not self._people.exists("fields", wanted.get("field")):
            source = {"pointer": "/data/attributes/field"}
            return errors(422, "Field id not valid", detail="", source=source)
        if not self._people.exists("contacts", contact):
            return Reply(403, {"message": "Forbidden"})
        row_id = self._people.set_field(contact, wanted["field"], wanted.get("value"))
        self._people.change(contact)
        row = self._account.row("fieldValues", row_id)
        row |= {name: wanted[name] for name in ("contact", "field")}
        row["owner"] = wanted["contact"]
        contacts = [self._account.row("contacts", contact)]
        return Reply(200, {"contacts": contacts, "fieldValue": row})

    def change_field(self, body: Row, row_id: str) -> Reply:
        """Change a custom field value by its id."""
        wanted = inner(body, "fieldValue")
        if not self._people.exists("fieldValues", row_id) or "value" not in wanted:
            return Reply(400, {})
        value = wanted["value"]
        self._account.touch("fieldValues", row_id, value=None if value is None else str(value))
        row = self._account.row("fieldValues", row_id)
        self._people.change(row["contact"])
        contacts = [self._account.row("contacts", row["contact"])]
        return Reply(200, {"contacts": contacts, "fieldValue": row})

    def delete_field(self, _body: Row, row_id: str) -> Reply:
        """Delete a custom field value."""
        if not self._people.exists("fieldValues", row_id):
            return Reply(403, {"message": f"No Result found for FieldValue with id {row_id}"})
        self._account.delete("fieldValues", row_id)
        return Reply(200, {})

    def note(self, body: Row, _row_id: str) -> Reply:
        """Write a note; on a contact it moves the contact's update stamps too."""
        wanted = inner(body, "note")
        if any(not wanted.get(name) for name in ("note", "relid", "reltype")):
            return Reply(400, {})
        rel, kind = str(wanted["relid"]), wanted["reltype"]
        owner = {"Subscriber": "contact", "Deal": "deal", "CustomerAccount": "account"}.get(kind)
        row_id = self._account.insert(
            "notes",
            note=wanted["note"],
            relid=rel,
            reltype=kind,
            owner={"type": owner or kind.lower(), "id": rel},
        )
        row = self._account.row("notes", row_id)
        row |= {"relid": wanted["relid"], "owner": {**row["owner"], "id": wanted["relid"]}}
        answer: Row = {}
        if owner == "contact" and self._people.exists("contacts", rel):
            self._people.change(rel)
            answer["contacts"] = [self._account.row("contacts", rel)]
        return Reply(201, {**answer, "note": row})
