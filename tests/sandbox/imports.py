"""Bulk imports of contacts: validated at once, carried out later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sandbox.limits import SlidingWindow
from tests.sandbox.people import email_is_valid
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.faults import Faults
    from tests.sandbox.people import People
    from tests.sandbox.query import Query
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Row
    from tests.sandbox.wire import Request

MOST_CONTACTS = 250
MOST_BYTES = 399_999
PER_MINUTE, PER_MINUTE_OF_ONE = 100, 20

_INVALID = "JSON payload did not pass validation. Please fix failureReasons and try again."
_FINAL = ("completed", "failed", "interrupted")
_HISTORY = (("2025-06-26", 2, 400), ("2025-06-27", 1, 250), ("2025-06-28", 4, 930))


@dataclass
class Batch:
    """One queued import."""

    batch_id: str
    contacts: list[Row]
    queued_at: float
    fate: str | None
    polls: int = 0
    status: str = "waiting"
    success: list[str] = field(default_factory=list)
    failure: list[str] = field(default_factory=list)


class Imports:
    """The account's bulk imports.

    Args:
        account: the account.
        behaviour: the sandbox's settings.
        faults: fates of batches.
        people: what is done to contacts.
    """

    def __init__(
        self, account: Account, behaviour: Behaviour, faults: Faults, people: People
    ) -> None:
        self._account = account
        self._behaviour = behaviour
        self._faults = faults
        self._people = people
        self._many = SlidingWindow(PER_MINUTE, 60.0, account.clock.time)
        self._one = SlidingWindow(PER_MINUTE_OF_ONE, 60.0, account.clock.time)
        self._batches: dict[str, Batch] = {}
        self._excluded: tuple[int, set[str], tuple[str, ...]] = (-1, set(), ())
        account.pending = self.settle

    # --- queueing ---------------------------------------------------------------------------

    def queue(self, request: Request) -> Reply:
        """Take a batch in, or refuse it as a whole."""
        if len(request.raw) > MOST_BYTES:
            return _refused("Payload is too large.", [f"Must be less than {MOST_BYTES + 1} bytes."])
        body = request.body if isinstance(request.body, dict) else {}
        contacts = body.get("contacts")
        if not isinstance(contacts, list) or not 1 <= len(contacts) <= MOST_CONTACTS:
            return _refused(_INVALID, [f"'contacts' must have 1 to {MOST_CONTACTS} items."])
        single = len(contacts) == 1
        if not (self._one if single else self._many).accept()[0]:
            most = PER_MINUTE_OF_ONE if single else PER_MINUTE
            kind = "imports of one contact" if single else "imports"
            reason = f"Up to {most} {kind} may be requested per minute. Please batch contacts."
            return _refused("Rate limit exceeded.", [reason])
        reasons = [
            {"contact": at, "failureReason": reason}
            for at, contact in enumerate(contacts, start=1)
            for reason in _faulty(contact)
        ]
        if reasons:
            return _refused(_INVALID, reasons)
        batch = Batch(
            self._account.uuid_of("imports", len(self._batches) + 1),
            contacts,
            self._account.clock.time(),
            self._faults.take_import(),
        )
        self._batches[batch.batch_id] = batch
        return Reply(
            200,
            {
                "Success": 1,
                "queued_contacts": len(contacts),
                "batchId": batch.batch_id,
                "message": "Contact import queued",
            },
        )

    # --- asking -----------------------------------------------------------------------------

    def info(self, query: Query) -> Reply:
        """Return how a batch stands."""
        batch_id = query.params.get("batchId")
        if not batch_id:
            return Reply(400, {"success": 0, "message": "'batchId' is a required field."})
        batch = self._batches.get(batch_id)
        if batch is None:
            return Reply(404, {"message": f"No Result found for batch with id {batch_id}"})
        batch.polls += 1
        waited = self._account.clock.time() - batch.queued_at
        early = batch.polls == 1 and waited < 1.0 and self._behaviour.import_polls != 1
        self._advance(batch)
        final = batch.status in _FINAL and not early
        return Reply(
            200,
            {
                "status": False if early else batch.status,
                "success": batch.success if final else [],
                "failure": batch.failure if final else [],
            },
        )

    def summary(self) -> Reply:
        """Return the batches by day: those that wait, and those that are done."""
        self.settle()
        open_, done = Counter[str](), Counter[str]()
        sizes: Counter[tuple[str, str]] = Counter()
        for batch in self._batches.values():
            day = self._account.stamps.write(batch.queued_at, "date")
            kind = "done" if batch.status in _FINAL else "open"
            (done if kind == "done" else open_)[day] += 1
            sizes[kind, day] += len(batch.contacts)
        history = [_day(*entry) for entry in _HISTORY]
        return Reply(
            200,
            {
                "outstanding": [_day(day, open_[day], sizes["open", day]) for day in open_],
                "recentlyCompleted": [
                    *history,
                    *(_day(day, done[day], sizes["done", day]) for day in done),
                ],
            },
        )

    def settle(self) -> None:
        """Carry out what is due."""
        for batch in list(self._batches.values()):
            if batch.status not in _FINAL:
                self._advance(batch)

    # --- carrying out -----------------------------------------------------------------------

    def _advance(self, batch: Batch) -> None:
        if batch.status in _FINAL:
            return
        if self._behaviour.import_polls is not None:
            done = batch.polls / max(1, self._behaviour.import_polls)
        else:
            waited = self._account.clock.time() - batch.queued_at
            done = waited / max(0.001, self._behaviour.import_seconds)
        if done < 1 or batch.fate == "stuck":
            batch.status = "waiting" if done < 0.5 else "active"
            return
        part = len(batch.contacts)
        if batch.fate is not None:
            part = 0 if batch.fate == "failed" else part // 2
        batch.status = batch.fate or "completed"  # first: carrying out asks for what is due
        for contact in batch.contacts[:part]:
            self._carry_out(batch, contact)

    def _carry_out(self, batch: Batch, contact: Row) -> None:
        email = contact["email"].strip().lower()
        known = self._people.find(email)
        if self._is_refused(email, known, contact):
            batch.failure.append(contact["email"])
            return
        names = {"first_name": "firstName", "last_name": "lastName", "phone": "phone"}
        values = {to: str(contact[name]) for name, to in names.items() if contact.get(name)}
        contact_id = known or self._people.create(email, **values)
        if known:
            self._people.change(known, **values)
        self._apply_lists(contact_id, contact)
        if known is None or self._behaviour.import_success == "all":
            batch.success.append(contact_id)

    def _apply_lists(self, contact_id: str, contact: Row) -> None:
        for name in contact.get("tags") or []:
            tag_id = self._people.tag_id(name) or self._people.create_tag(name)
            self._people.add_tag(contact_id, tag_id)
        for value in contact.get("fields") or []:
            if self._people.exists("fields", value["id"]):
                self._people.set_field(contact_id, value["id"], value["value"])
        for entry in contact.get("subscribe") or []:
            if self._people.exists("lists", entry["listid"]):
                self._people.set_membership(contact_id, entry["listid"], 1)
        for entry in contact.get("unsubscribe") or []:
            if self._people.membership(contact_id, entry["listid"]) is not None:
                self._people.set_membership(contact_id, entry["listid"], 2)
        if contact.get("customer_acct_name"):
            self._join_account(contact_id, str(contact["customer_acct_name"]))

    def _is_refused(self, email: str, known: str | None, contact: Row) -> bool:
        exact, endings = self._exclusions()
        if email in exact or email.endswith(endings):
            return True
        if known is None:
            return False
        if self._account.row("contacts", known)["bounced_hard"] != "0":
            return True
        wanted = {str(entry["listid"]) for entry in contact.get("subscribe") or []}
        rows = self._people.below("contactLists", known)
        return any(row["list"] in wanted and row["status"] == "2" for row in rows)

    def _exclusions(self) -> tuple[set[str], tuple[str, ...]]:
        table = self._account.collection("exclusions")
        if self._excluded[0] != table.version:
            rows = [row for row in table.rows() if row["channel"] != "allSms"]
            exact = {row["matchPhrase"].lower() for row in rows if row["matchType"] == "exact"}
            endings = (row["matchPhrase"].lower() for row in rows if row["matchType"] == "end")
            self._excluded = table.version, exact, tuple(endings)
        return self._excluded[1:]

    def _join_account(self, contact_id: str, name: str) -> None:
        key = self._account.collection("accounts").find("name", name)
        account_id = str(key) if key is not None else self._account.insert("accounts", name=name)
        links = self._people.below("accountContacts", contact_id)
        if all(link["account"] != account_id for link in links):
            self._account.insert("accountContacts", contact=contact_id, account=account_id)


def _day(day: str, batches: int, contacts: int) -> Row:
    return {"forDate": day, "batches": str(batches), "contacts": str(contacts)}


def _refused(message: str, reasons: list[Any]) -> Reply:
    return Reply(400, {"success": 0, "message": message, "failureReasons": reasons})


def _faulty(contact: Any) -> list[str]:
    if not isinstance(contact, dict):
        return ["Contact is not an object"]
    if not contact.get("email"):
        return ["Field 'email' not found"]
    if not email_is_valid(contact["email"]):
        return ["Field 'email' incorrect format"]
    reasons = [
        f"Field '{name}' incorrect format"
        for name, keys in _ENTRIES.items()
        if not _entries_are_valid(contact.get(name) or [], keys)
    ]
    tags = contact.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(name, str) for name in tags):
        reasons.append("Field 'tags' incorrect format")
    return reasons


_ENTRIES: dict[str, dict[str, tuple[type, ...]]] = {
    "fields": {"id": (int,), "value": (str, int, float)},
    "subscribe": {"listid": (int, str)},
    "unsubscribe": {"listid": (int, str)},
}


def _entries_are_valid(entries: Any, keys: dict[str, tuple[type, ...]]) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, dict)
        and all(isinstance(entry.get(key), kinds) for key, kinds in keys.items())
        for entry in entries
    )
