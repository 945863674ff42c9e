"""Writes to the tables that contacts refer to: tags, fields, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.wire import Reply
from tests.sandbox.write_contacts import errors, inner, missing

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.people import People
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Row


class TableWrites:
    """Writes to tags, custom fields and lists.

    Args:
        account: the account.
        behaviour: the sandbox's settings.
        people: finds and creates tags.
    """

    def __init__(self, account: Account, behaviour: Behaviour, people: People) -> None:
        self._account = account
        self._behaviour = behaviour
        self._people = people

    # --- tags -------------------------------------------------------------------------------

    def create_tag(self, body: Row, _row_id: str) -> Reply:
        """Create a tag; without a type it is in no list afterwards."""
        wanted = inner(body, "tag")
        name = str(wanted.get("tag") or "").strip()
        if not name:
            return missing("tag")
        kind = str(wanted.get("tagType") or "")
        known = self._people.tag_id(name)
        if known is not None and kind != "template":
            if self._behaviour.duplicate_tag == "existing":
                return Reply(200, {"tag": self._account.row("tags", known)})
            reason = f"Duplicate entry '{kind}-{name}' for key 'typetag'"
            return Reply(422, {"message": "Could not process request", "error": reason})
        row_id = self._people.create_tag(name, kind, str(wanted.get("description") or ""))
        row = self._account.row("tags", row_id)
        shown = ("tag", "description", "tagType", "cdate", "links", "id")
        return Reply(201, {"tag": {name_: row[name_] for name_ in shown}})

    def change_tag(self, body: Row, row_id: str) -> Reply:
        """Change a tag."""
        if not self._people.exists("tags", row_id):
            return self._no_tag(row_id)
        wanted = inner(body, "tag")
        names = ("tag", "tagType", "description")
        changes = {name: str(wanted[name]) for name in names if name in wanted}
        self._account.touch("tags", row_id, **changes)
        return Reply(200, {"tag": self._account.row("tags", row_id)})

    def delete_tag(self, _body: Row, row_id: str) -> Reply:
        """Delete a tag; its links stay in `/contactTags`."""
        if not self._people.exists("tags", row_id):
            return self._no_tag(row_id)
        self._account.delete("tags", row_id)
        return Reply(200, {})

    @staticmethod
    def _no_tag(row_id: str) -> Reply:
        return Reply(404, {"message": f"No Result found for Tag with id {row_id}"})

    # --- custom fields ----------------------------------------------------------------------

    def create_field(self, body: Row, _row_id: str) -> Reply:
        """Create a custom field."""
        wanted = inner(body, "field")
        for name in ("title", "type"):
            if not wanted.get(name):
                return missing(name)
        title = str(wanted["title"])
        if self._account.collection("fields").find("title", title) is not None:
            detail = f"There is already a field named '{title}' -- choose another name"
            return errors(
                422, "There is already a field with this title", detail=detail, code="duplicate"
            )
        tag = str(wanted.get("perstag") or title).upper().replace(" ", "_")
        row_id = self._account.insert(
            "fields",
            title=title,
            type=str(wanted["type"]),
            perstag=tag,
            descript=str(wanted.get("descript") or ""),
            defval=wanted.get("defval"),
            visible=str(int(bool(wanted.get("visible", 1)))),
            ordernum=str(wanted.get("ordernum") or 0),
            cdate=self._account.stamp_now(),
            udate=self._account.stamp_now(),
        )
        return Reply(201, {"field": self._account.row("fields", row_id)})

    def relate_field(self, body: Row, _row_id: str) -> Reply:
        """Relate a field to a list, or to all of them (0)."""
        wanted = inner(body, "fieldRel")
        if not self._people.exists("fields", wanted.get("field")):
            return Reply(403, {"message": "Forbidden"})
        row_id = self._account.insert(
            "fieldRels", field=str(wanted["field"]), relid=str(wanted.get("relid", 0)), dorder="0"
        )
        row = self._account.row("fieldRels", row_id)
        del row["dorder"]
        row |= {name: wanted[name] for name in ("relid", "field") if name in wanted}
        return Reply(201, {"fieldRel": row})

    def create_options(self, body: Row, _row_id: str) -> Reply:
        """Create options of fields."""
        wanted = body.get("fieldOptions")
        if not isinstance(wanted, list) or not wanted:
            reason = "Bulk operation failed. Request must contain an array of fieldOption objects."
            return Reply(422, {"errors": reason})
        rows = []
        for option in wanted:
            row_id = self._account.insert(
                "fieldOptions",
                field=str(option.get("field")),
                orderid=str(option.get("orderid", 1)),
                value=str(option.get("value", "")),
                label=str(option.get("label", option.get("value", ""))),
                isdefault=str(int(bool(option.get("isdefault")))),
            )
            row = self._account.row("fieldOptions", row_id)
            row |= {"orderid": option.get("orderid", 1), "isdefault": int(row["isdefault"])}
            rows.append(row)
        return Reply(201, {"fieldOptions": rows})

    # --- lists ------------------------------------------------------------------------------

    def create_list(self, body: Row, _row_id: str) -> Reply:
        """Create a list; the answer is sparse."""
        wanted = inner(body, "list")
        for name in ("name", "stringid", "sender_url", "sender_reminder"):
            if not wanted.get(name):
                return missing(name)
        row_id = self._account.insert(
            "lists",
            name=str(wanted["name"]),
            stringid=str(wanted["stringid"]),
            sender_url=str(wanted["sender_url"]),
            sender_reminder=str(wanted["sender_reminder"]),
            channel=str(wanted.get("channel") or "email"),
            description="",
            active_subscribers="0",
            non_deleted_subscribers="0",
            udate=self._account.stamp_now(),
        )
        row = self._account.row("lists", row_id)
        shown = ("name", "stringid", "cdate", "udate", "links", "id")
        return Reply(200, {"list": {name: row[name] for name in shown}})

    def create_list_group(self, body: Row, _row_id: str) -> Reply:
        """Give a group access to a list."""
        wanted = inner(body, "listGroup")
        list_id, group_id = wanted.get("listid"), wanted.get("groupid")
        if not self._people.exists("lists", list_id) or not self._people.exists("groups", group_id):
            return Reply(403, {"message": "Forbidden"})
        row_id = self._account.insert("listGroups", list=str(list_id), group=str(group_id))
        row = self._account.row("listGroups", row_id)
        echo = {"list": list_id, "group": group_id, "links": row["links"], "id": row_id}
        return Reply(201, {"listGroup": echo})
