"""Answers to GET: lists, single rows, lists below a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.sandbox.below import keys_below, related
from tests.sandbox.choose import choose, sorter
from tests.sandbox.includes import Includes, TooManyRowsError
from tests.sandbox.pages import django_page, json_api_page, page_bounds, write_total
from tests.sandbox.query import Query, unknown_names
from tests.sandbox.singles import SINGLES, contact_with_children
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.sandbox.account import Account
    from tests.sandbox.collection import Collection
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Child, Row, Spec

_STEPS = re.compile(r"^automations/([^/]+)/contactAutomations/([^/]+)/steps$")
_RECORDS = re.compile(r"^customObjects/records/([^/]+)(?:/(external/)?([^/]+))?$")


def no_result(spec: Spec, row_id: str) -> Reply:
    """Return what the account says of a row that is not there."""
    status = 403 if spec.forbidden_when_missing else 404
    return Reply(status, {"message": f"No Result found for {spec.entity_name} with id {row_id}"})


class Reads:
    """Reads one account.

    Args:
        account: the account.
        behaviour: the sandbox's settings.
    """

    def __init__(self, account: Account, behaviour: Behaviour) -> None:
        self._account = account
        self._behaviour = behaviour
        self._includes = Includes(account, behaviour)
        names = account.collection_names
        specs = [account.collection(name).spec for name in names]
        self._by_path = {spec.list_path: spec for spec in specs if spec.list_path is not None}

    def knows(self, path: str) -> bool:
        """Whether a path may be read, whatever the method sent."""
        return (
            path in SINGLES
            or path in self._by_path
            or path.rpartition("/")[0] in self._by_path
            or _RECORDS.match(path) is not None
        )

    def answer(self, path: str, query: Query) -> Reply:
        """Return the answer to a GET."""
        single = SINGLES.get(path)
        if single is not None:
            return single(self._account, self._behaviour, query)
        spec = self._by_path.get(path)
        if spec is not None:
            return self._list(spec, query)
        records = _RECORDS.match(path)
        if records is not None:
            return self._records(records[1], records[2], records[3], query)
        parent, _, last = path.rpartition("/")
        if parent in self._by_path:
            return self._one(self._by_path[parent], last)
        steps = _STEPS.match(path)
        if steps is not None:
            return self._steps(steps[1], steps[2])
        return self._below(parent, last, query)

    # --- lists ------------------------------------------------------------------------------

    def _list(self, spec: Spec, query: Query) -> Reply:
        refused = unknown_names(spec, query)
        if refused:
            return _invalid_attribute(refused[0])
        needs_contact = spec.name == "activities" and self._behaviour.activities_need_contact
        if needs_contact and not query.params.get("contact"):
            return _invalid_attribute("contact", "Contact ID parameter is now required")
        if self._behaviour.over_limit == "refuse" and query.number("limit", 0) > 100:
            return _invalid_attribute("limit")
        if spec.name == "contacts" and self._behaviour.contacts_status is not None:
            query = query.with_param("status", self._behaviour.contacts_status)
        keys = choose(self._account, spec.name, query, self._behaviour)
        return self._page(spec, keys, query)

    def _page(self, spec: Spec, keys: Sequence[int], query: Query) -> Reply:
        collection = self._account.collection(spec.name)

        def rows(first: int, end: int) -> list[Row]:
            return [collection.row(key) or {} for key in keys[first:end]]

        if spec.paging == "pages":
            return json_api_page(rows, len(keys), query)
        if spec.paging == "django":
            return django_page(
                rows, len(keys), query, f"{self._account.base_url}/api/3/{spec.list_path}"
            )
        limit, offset = page_bounds(spec, query, self._behaviour.page_cap)
        if spec.by_ids and query.all("ids"):
            limit = len(keys)
        only_meta = spec.name == "contacts" and query.params.get("meta") == "only"
        page = [] if only_meta else rows(offset, offset + limit)
        body: Row = {}
        if spec.sideload is not None:
            body |= spec.sideload(self._account, page, query)
        if spec.name == "contacts":
            try:
                body |= self._includes.beside(page, query)
            except TooManyRowsError:
                return self._overdue()
        body[spec.list_key] = page
        if only_meta:
            body = {}
        meta: Row = spec.meta(self._account, page, query) if spec.meta is not None else {}
        meta |= write_total(spec, len(keys), self._behaviour.total)
        if meta:
            body["meta"] = meta
        return Reply(spec.list_status, body)

    def _overdue(self) -> Reply:
        if self._behaviour.include_overdue == "timeout":
            return Reply(hang_seconds=self._behaviour.include_hang_seconds)
        return Reply(504, b"upstream request timeout", content_type="text/plain")

    # --- single rows ------------------------------------------------------------------------

    def _one(self, spec: Spec, row_id: str) -> Reply:
        collection = self._account.collection(spec.name)
        key = collection.key_of(row_id)
        if key is None:
            return no_result(spec, row_id)
        row = collection.row(key) or {}
        if spec.name == "contacts":
            self._account.refresh_feed(row_id)
            row = collection.row(key) or {}
            return Reply(200, contact_with_children(self._account, row))
        if spec.name == "exclusions" or spec.paging == "django":
            return Reply(200, row)
        if spec.paging == "pages":
            return Reply(200, {"data": [row]})
        body: Row = {}
        if spec.sideload is not None and spec.name == "fields":
            body |= spec.sideload(self._account, [row], Query())
        body[spec.row_key] = row
        return Reply(200, body)

    # --- lists below a row ------------------------------------------------------------------

    def _below(self, parent: str, name: str, query: Query) -> Reply:
        path, _, row_id = parent.rpartition("/")
        spec = self._by_path.get(path)
        if path == "sms/broadcasts/metrics" and name == "failures":
            spec = self._by_path.get("sms/broadcasts")
        if spec is None:
            return Reply(404, {"message": "Not Found"})
        collection = self._account.collection(spec.name)
        if collection.key_of(row_id) is None:
            return no_result(spec, row_id)
        child = spec.children.get(name)
        if child is not None:
            return self._children(spec, child, row_id, query)
        if name in spec.related:
            return self._related(spec, name, row_id)
        of_contact: Mapping[str, Callable[[str], Reply]] = {
            "automationEntryCounts": self._entry_counts,
            "organization": lambda _: Reply(200, {}),
        }
        if spec.name == "contacts" and name in of_contact:
            return of_contact[name](row_id)
        return Reply(404, {"message": "Not Found"})

    def _children(self, spec: Spec, child: Child, row_id: str, query: Query) -> Reply:
        collection = self._account.collection(child.collection)
        keys = keys_below(self._account, child, row_id)
        if child.narrowed or child.orders:
            keys = self._narrowed(collection, child, keys, query)
        if child.single:
            return Reply(200, {child.single: collection.row(keys[0])} if keys else {})
        if collection.spec.list_path is None:
            keys = [key for key in keys if self._passes(collection, key, query)]
        limit, offset = page_bounds(collection.spec, query, self._behaviour.page_cap)
        if child.whole:
            limit, offset = len(keys), 0
        page = [collection.row(key) or {} for key in keys[offset : offset + limit]]
        body: Row = {}
        if spec.name == "contacts" and child.collection == "contactDeals":
            body["contacts"] = [self._account.row("contacts", row_id)]
            body["deals"] = [self._account.row("deals", row["deal"]) for row in page]
        body[child.envelope or collection.spec.list_key] = page
        if child.total != "absent":
            total: Any = str(len(keys)) if child.total == "string" else len(keys)
            body["meta"] = {"total": total}
            if collection.spec.list_path is None and collection.spec.meta is not None:
                body["meta"] |= collection.spec.meta(self._account, page, query)
        return Reply(200, body)

    def _narrowed(
        self, collection: Collection, child: Child, keys: list[int], query: Query
    ) -> list[int]:
        """Apply the filters and orders that a list below a row has."""
        if child.narrowed:
            chosen = choose(self._account, collection.spec.name, query, self._behaviour)
            mine = set(keys)
            keys = [key for key in chosen if key in mine]
        orders = [
            (child.orders[name], descending)
            for name, descending in query.orders
            if name in child.orders
        ]
        if not orders:
            return keys
        rank = sorter(self._account, orders)
        return sorted(keys, key=lambda key: rank(collection.row(key) or {}))

    def _passes(self, collection: Collection, key: int, query: Query) -> bool:
        row = collection.row(key) or {}
        return all(
            rule(value, "", self._account.stamps)(row)
            for name, rule in collection.spec.params.items()
            for value in query.all(name)
            if value
        )

    def _entry_counts(self, contact_id: str) -> Reply:
        entries = self._account.collection("contactAutomations")
        counts: dict[str, int] = {}
        for key in entries.children_of(contact_id):
            automation = str((entries.row(key) or {})["automation"])
            counts[automation] = counts.get(automation, 0) + 1
        rows = []
        for automation, count in counts.items():
            row = self._account.row("automations", automation)
            rows.append(
                {
                    "id": automation,
                    "name": row["name"],
                    "status": row["status"],
                    "hidden": row["hidden"],
                    "contactEntryCount": str(count),
                }
            )
        return Reply(200, {"automationEntryCounts": rows})

    def _related(self, spec: Spec, name: str, row_id: str) -> Reply:
        """Return the one row that a row points to; `{}` where it is gone."""
        target, column = spec.related[name]
        one = related(self._account, target, self._account.row(spec.name, row_id)[column])
        return Reply(200, {} if one is None else {name: one})

    def _steps(self, automation_id: str, run_id: str) -> Reply:
        """Return the recorded steps of a run; 404 where it is not of this automation."""
        run = related(self._account, "contactAutomations", run_id)
        if run is None or run["automation"] != automation_id:
            detail = "Contact automation not found"
            error = {"status": 404, "title": "Not Found", "detail": detail}
            return Reply(404, {"errors": [error]})
        steps = self._account.collection("automationSteps")
        return Reply(200, {"steps": [steps.row(key) for key in steps.children_of(run_id)]})

    # --- records of custom objects ----------------------------------------------------------

    def _records(
        self, schema_id: str, external: str | None, last: str | None, query: Query
    ) -> Reply:
        schemas = self._account.collection("schemas")
        if schemas.key_of(schema_id) is None:
            return Reply(404, {"message": f"Schema {schema_id} was not found"})
        records = self._account.collection("records")
        if last is not None:
            key = records.find("externalId", last) if external else records.key_of(last)
            if key is None:
                return Reply(404, {"message": f"Record {last} was not found"})
            return Reply(200, {"record": records.row(key)})
        scoped = query.with_filter("schemaId", "eq", schema_id)
        keys = choose(self._account, "records", scoped, self._behaviour)
        return self._page(records.spec, keys, query)


def _invalid_attribute(name: str, title: str = "Invalid attribute") -> Reply:
    return Reply(
        422,
        {
            "errors": [
                {
                    "title": title,
                    "detail": f"The attribute {name} is not valid.",
                    "source": {"pointer": f"/data/attributes/{name}"},
                }
            ]
        },
    )
