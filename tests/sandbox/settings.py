"""What a test may choose about the sandbox's behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class Behaviour:
    """Where the reference leaves a choice, and what tests bend on purpose.

    Attributes:
        honoured_orders: "documented" (what the reference of November 2026 names), "all" (but for
            lists that ignore every order), "none", or per collection one of these, a list of
            further names, or "first_page_only" (an order that holds on the first page alone).
        known_filters: which `filters[...]` count: the "documented" ones, or beside them every
            "columns" of a row, compared for equality whatever the operator.
        contacts_status: status by which `/contacts` is narrowed whatever is asked for, and which
            its meta echoes; None to do as asked.
        bad_token: what 403 says of a token that is missing or wrong: "empty" (no body) or
            "message" (a JSON body, as it used to be).
        includes: which `include=` of `/contacts` count: "documented" (those seen in use), "all"
            (everything that a contact's `links` name), or names; () ignores them.
        include_cap: most rows of each array beside the contacts; contacts still name all ids.
        include_cap_per_contact: most rows, and ids, of each kind that come with a contact.
        include_shape: "own" (the rows of the list itself), "raw" (database columns), "nested"
            (rows in the contact, nothing beside) or "unnamed" (contacts name no ids).
        include_most_rows: most rows beside the contacts that the server can gather in time.
        include_overdue: what happens above that: "timeout" (no answer) or "status_504".
        include_hang_seconds: how long a timeout lasts at most.
        forbidden: globs of paths that answer 403.
        not_found: globs of paths that answer 404.
        page_cap: most rows of a page, where lower than 100.
        total: overrides `meta.total`: "absent", "wrong", "zero", "string" or "number"; for every
            collection, or by name.
        activities_need_contact: whether `/activities` refuses requests without a contact.
        duplicate_tag: what POST tags answers for a known name: the "error" of 2023 or "existing".
        import_seconds: how long a batch takes, by the account's clock.
        import_polls: which poll of a batch finds it completed, in place of that.
        import_success: whose ids `import/info` reports: "all" or "created".
        field_groups: key under which `/groupMembers` answers.
        over_limit: what a `limit` above 100 does: "cap" or "refuse" (422).
    """

    honoured_orders: str | Mapping[str, Any] = "documented"
    known_filters: str = "documented"
    contacts_status: str | None = None
    bad_token: str = "empty"
    includes: str | Sequence[str] = "documented"
    include_cap: int | None = None
    include_cap_per_contact: int | None = None
    include_shape: str = "own"
    include_most_rows: int | None = None
    include_overdue: str = "timeout"
    include_hang_seconds: float = 30.0
    forbidden: Sequence[str] = ()
    not_found: Sequence[str] = ()
    page_cap: int | None = None
    total: str | Mapping[str, str] | None = None
    activities_need_contact: bool = True
    duplicate_tag: str = "error"
    import_seconds: float = 1.0
    import_polls: int | None = None
    import_success: str = "all"
    field_groups: str = "groupDefinitions"
    over_limit: str = "cap"
