"""Answers to POST, PUT and DELETE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.sandbox.graphql import GraphQL
from tests.sandbox.imports import Imports
from tests.sandbox.people import People
from tests.sandbox.write_contacts import ContactWrites
from tests.sandbox.write_tables import TableWrites

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account
    from tests.sandbox.faults import Faults
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.wire import Reply, Request


class Writes:
    """Writes to one account.

    Args:
        account: the account.
        behaviour: the sandbox's settings.
        faults: fates of imports.

    Attributes:
        imports: the bulk imports.
    """

    def __init__(self, account: Account, behaviour: Behaviour, faults: Faults) -> None:
        people = People(account)
        contacts = ContactWrites(account, people)
        tables = TableWrites(account, behaviour, people)
        self.imports = Imports(account, behaviour, faults, people)
        self._graphql = GraphQL(account)
        routes: dict[str, Callable[[Any, str], Reply]] = {
            "POST contact/sync": contacts.sync,
            "POST contacts": contacts.create,
            "PUT contacts/(.+)": contacts.update,
            "DELETE contacts/(.+)": contacts.delete,
            "POST contactLists": contacts.subscribe,
            "POST contactTags": contacts.tag,
            "DELETE contactTags/(.+)": contacts.untag,
            "POST contactAutomations": contacts.enter_automation,
            "DELETE contactAutomations/(.+)": contacts.leave_automation,
            "POST fieldValues": contacts.set_field,
            "PUT fieldValues/(.+)": contacts.change_field,
            "DELETE fieldValues/(.+)": contacts.delete_field,
            "POST notes": contacts.note,
            "POST tags": tables.create_tag,
            "PUT tags/(.+)": tables.change_tag,
            "DELETE tags/(.+)": tables.delete_tag,
            "POST fields": tables.create_field,
            "POST fieldRels": tables.relate_field,
            "POST fieldOption/bulk": tables.create_options,
            "POST lists": tables.create_list,
            "POST listGroups": tables.create_list_group,
        }
        self._routes = [
            (re.compile(f"^{pattern}$"), handler) for pattern, handler in routes.items()
        ]

    def answer(self, request: Request, path: str) -> Reply | None:
        """Return the answer to a write, or None where there is no such route."""
        if request.method == "POST" and path == "import/bulk_import":
            return self.imports.queue(request)
        if request.method == "POST" and path == "ecom/graphql":
            return self._graphql.answer(request)
        for pattern, handler in self._routes:
            match = pattern.match(f"{request.method} {path}")
            if match is not None:
                body = request.body if isinstance(request.body, dict) else {}
                return handler(body, match[1] if match.groups() else "")
        return None
