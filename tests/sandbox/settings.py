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
        honoured_orders: "documented", "all", or per collection a list of names, "all" or
            "first_page_only" (an order that holds on the first page alone).
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
