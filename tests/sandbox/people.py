"""What writes do to a contact: create, change, tag, subscribe, set fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.spec import Row

_FORBIDDEN_CHARACTERS = set('"(),:;<>@[\\]')
_ENDING = re.compile(r"\.[^.\W\d_]{2,}$")

_KEPT = ("contactData", "plusAppends")

_BLANK: Row = {
    "phone": "",
    "firstName": "",
    "lastName": "",
    "bounced_hard": "0",
    "bounced_soft": "0",
    "bounced_date": None,
    "ip": "0",
    "ua": None,
    "socialdata_lastcheck": None,
    "email_domain": "",
    "sentcnt": "0",
    "rating_tstamp": None,
    "gravatar": "0",
    "adate": None,
    "edate": None,
    "deleted_at": None,
    "created_by": "0",
    "updated_by": "0",
    "mpp_tracking": "0",
    "last_click_date": None,
    "last_open_date": None,
    "last_mpp_open_date": None,
    "best_send_hour": "0",
    "sms_consent": "0",
    "sms_consent_updated_at": None,
}


def email_is_valid(email: object) -> bool:
    """Whether the account accepts an address, by the rules of bulk imports."""
    if not isinstance(email, str):
        return False
    local, at, domain = email.strip().rpartition("@")
    return bool(
        at
        and local
        and not _FORBIDDEN_CHARACTERS & set(local)
        and not _FORBIDDEN_CHARACTERS & set(domain)
        and not re.search(r"\s", local + domain)
        and _ENDING.search(domain)
        and not domain.startswith(".")
    )


class People:
    """Changes contacts of one account.

    Args:
        account: the account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def find(self, email: str) -> str | None:
        """Return the id of the contact with an address, or None."""
        key = self._account.collection("contacts").find("email", email.strip())
        return None if key is None else str(key)

    def exists(self, collection: str, row_id: object) -> bool:
        """Whether there is such a row."""
        return self._account.collection(collection).key_of(row_id) is not None

    def create(self, email: str, **values: Any) -> str:
        """Create a contact and return its id."""
        address = email.strip().lower()
        domain = address.rpartition("@")[2]
        blank = {**_BLANK, "email": address, "email_domain": domain}
        return self._account.insert("contacts", **{**blank, **values})

    def change(self, contact_id: str, **values: Any) -> None:
        """Change a contact; its update stamps move even where nothing differs."""
        self._account.touch("contacts", contact_id, **values)

    def delete(self, contact_id: str) -> None:
        """Delete a contact with what is below it; what is known of its place and looks stays."""
        contacts = self._account.collection("contacts")
        for child in contacts.spec.children.values():
            if child.collection in _KEPT:
                continue
            target = self._account.collection(child.collection)
            if target.spec.parent_key == child.key:
                for key in target.children_of(contact_id):
                    target.remove(key)
        self._account.delete("contacts", contact_id)

    def below(self, collection: str, contact_id: str) -> list[Row]:
        """Return a contact's rows of another collection."""
        target = self._account.collection(collection)
        return [target.row(key) or {} for key in target.children_of(contact_id)]

    def set_field(self, contact_id: str, field_id: object, value: object) -> str:
        """Set a custom field value and return the row's id; (contact, field) is the key."""
        text = None if value is None else str(value)
        for row in self.below("fieldValues", contact_id):
            if row["field"] == str(field_id):
                self._account.touch("fieldValues", row["id"], value=text)
                return str(row["id"])
        return self._account.insert(
            "fieldValues",
            contact=contact_id,
            owner=contact_id,
            field=str(field_id),
            value=text,
            created_by=None,
            updated_by=None,
        )

    def membership(self, contact_id: str, list_id: object) -> Row | None:
        """Return a contact's membership of a list, or None."""
        rows = self.below("contactLists", contact_id)
        return next((row for row in rows if row["list"] == str(list_id)), None)

    def set_membership(
        self, contact_id: str, list_id: object, status: int, source: str = "3"
    ) -> str:
        """Put a contact on a list with a status and return the membership's id."""
        now = self._account.stamp_now()
        values: Row = {"status": str(status), "sourceid": source}
        if status == 1:
            values["sdate"] = now
        elif status == 2:
            values["udate"] = now
        known = self.membership(contact_id, list_id)
        before = known is not None and str(known["status"]) == "1"
        if before != (status == 1):
            by = 1 if status == 1 else -1
            self._account.add_to("lists", list_id, "active_subscribers", by)
        if known is not None:
            self._account.touch("contactLists", known["id"], **values)
            return str(known["id"])
        contact = self._account.row("contacts", contact_id)
        blank = {"sdate": None, "udate": None, "campaign": None, "form": None, "unsubreason": ""}
        return self._account.insert(
            "contactLists",
            **{
                **blank,
                **values,
                "contact": contact_id,
                "list": str(list_id),
                "first_name": contact["firstName"],
                "last_name": contact["lastName"],
                "channel": self._account.row("lists", list_id)["channel"],
            },
        )

    def tag_id(self, name: str) -> str | None:
        """Return the id of a contact tag by its name, regardless of case."""
        tags = self._account.collection("tags")
        wanted = name.strip().lower()
        key = tags.find("tag", wanted)
        if key is not None and (tags.row(key) or {})["tagType"] == "template":
            same = (row for row in tags.rows() if row["tag"].lower() == wanted)
            key = next((int(row["id"]) for row in same if row["tagType"] != "template"), None)
        return None if key is None else str(key)

    def create_tag(self, name: str, kind: str = "contact", description: str = "") -> str:
        """Create a tag and return its id."""
        return self._account.insert(
            "tags", tag=name, tagType=kind, description=description, subscriber_count="0"
        )

    def add_tag(self, contact_id: str, tag_id: object) -> tuple[str, bool]:
        """Tag a contact; return the link's id and whether it is new."""
        for row in self.below("contactTags", contact_id):
            if row["tag"] == str(tag_id):
                return str(row["id"]), False
        row_id = self._account.insert(
            "contactTags", contact=contact_id, tag=str(tag_id), created_by=None
        )
        self._account.add_to("tags", tag_id, "subscriber_count", 1)
        return row_id, True
