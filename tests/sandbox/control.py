"""Controls over HTTP for other processes, under `/_sandbox/`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sandbox.below import of_a_deleted_tag
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.server import Sandbox
    from tests.sandbox.spec import Row
    from tests.sandbox.wire import Request

_MEMBERSHIP = {0: "unconfirmed", 1: "active", 2: "unsubscribed", 3: "bounced"}


class Control:
    """Answers control requests: no token, no limit, no latency, no log.

    Args:
        sandbox: what is controlled.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def answer(self, request: Request) -> Reply:
        """Return the answer to a control request; mistakes are 400 with their reason."""
        path = unquote(request.path.removeprefix("/_sandbox/")).strip("/")
        try:
            if request.method == "POST":
                return Reply(200, self._post(path, request.body or {}))
            return Reply(200, self._get(path))
        except (KeyError, TypeError, ValueError) as error:
            return Reply(400, {"message": f"{type(error).__name__}: {error}"})

    def _get(self, path: str) -> Any:
        name, _, rest = path.partition("/")
        if name == "log":
            return [asdict(entry) for entry in self._sandbox.requests]
        if name == "stats":
            return self._stats()
        if name == "rows":
            return self._sandbox.account.rows(rest)
        if name == "contacts":
            return contact_summary(self._sandbox.account, rest)
        raise KeyError(path)

    def _post(self, path: str, body: Row) -> Row:
        account = self._sandbox.account
        if path == "clear":
            self._sandbox.clear_log()
        elif path == "touch":
            account.touch(body["collection"], body["id"], **body.get("changes", {}))
        elif path == "move":
            account.move(body["collection"], body["id"], **body.get("changes", {}))
        elif path == "happen":
            account.happen(body["collection"], body["contact"], **body.get("values", {}))
        elif path == "delete":
            account.delete(body["collection"], body["id"])
        elif path == "insert":
            return {"id": account.insert(body["collection"], **body.get("values", {}))}
        elif path == "faults":
            self._faults(body)
        elif path == "clock":
            account.clock.advance(float(body["advance_seconds"]))
        else:
            raise KeyError(path)
        return {}

    def _faults(self, body: Row) -> None:
        """Take `{"clear": true}`, `{"rate": 0.2, …}` or `{"next": kind, …}`, in that order."""
        options = dict(body)
        if options.pop("clear", False):
            self._sandbox.faults.clear()
        if "rate" in options:
            self._sandbox.faults.rate(options.pop("rate"), **options)
        elif "next" in options:
            self._sandbox.faults.next(options.pop("next"), **options)
        elif options:
            raise ValueError(f"unknown keys: {', '.join(options)}")

    def _stats(self) -> Row:
        entries = self._sandbox.requests
        account = self._sandbox.account
        return {
            "requests": len(entries),
            "by_status": dict(Counter(str(entry.status) for entry in entries)),
            "by_path": dict(Counter(f"{entry.method} {entry.path}" for entry in entries)),
            "faults": dict(self._sandbox.faults.by_kind),
            "rows": {name: account.count(name) for name in account.collection_names},
        }


def contact_summary(account: Account, email: str) -> Row:
    """Return what a person wants to know of a contact.

    Raises:
        KeyError: where no contact has the address.
    """
    with account.lock:
        account.settle()
        contacts = account.collection("contacts")
        key = contacts.find("email", email)
        if key is None:
            raise KeyError(f"no contact has the address {email}")
        contact = contacts.row(key) or {}

        def below(collection: str) -> list[Row]:
            target = account.collection(collection)
            return [target.row(one) or {} for one in target.children_of(contact["id"])]

        def named(collection: str, row_id: object, column: str) -> str:
            return str(account.row(collection, row_id)[column])

        return {
            "contact": contact,
            "lists": {
                named("lists", row["list"], "name"): _MEMBERSHIP.get(
                    int(row["status"]), str(row["status"])
                )
                for row in below("contactLists")
            },
            "tags": [
                named("tags", row["tag"], "tag")
                for row in below("contactTags")
                if not of_a_deleted_tag(account, row)
            ],
            "fields": {
                named("fields", row["field"], "perstag"): row["value"]
                for row in below("fieldValues")
            },
            "automations": [
                named("automations", row["automation"], "name")
                for row in below("contactAutomations")
            ],
        }
