"""What a rule is once it has been checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """One segmentation.

    Attributes:
        title: The user's name for it.
        integration: The integration that it belongs to, if any.
        events: Statuses that fire it.
        types: What must hold besides: ``first_sale``, ``renewal`` or payment methods.
        products: Ids or names, compared without regard to case; empty means all.
        offers: Codes, ids or names; empty means all.
        action: ``add`` or ``remove``.
        lists: Names or ids of lists.
        tags: Names of tags, unique without regard to case.
        phone_format: One of `PHONE_FORMATS`.
        fields: Pairs of a contact field (perstag, title or id) and a path into the order.
        automations: Names or ids of automations that the contact enters.
        resubscribe: Whether a contact that has unsubscribed is subscribed again.
        sources: What the record must be about: ``main`` or ``bump``, ``producer`` or
            ``affiliate``; all of them must hold, and empty means any.
        if_already_bought: What becomes of an event that says "not paid" when the contact holds a
            paid order of the product.
        keep_if_still_earned: Whether a removal leaves what another paid order still earns.
        hints: Sentences about what looks like a slip, though it may be meant.
    """

    title: str
    integration: str | None
    events: frozenset[str]
    types: frozenset[str]
    products: frozenset[str]
    offers: frozenset[str]
    action: str
    lists: tuple[str, ...]
    tags: tuple[str, ...]
    phone_format: str
    fields: tuple[tuple[str, str], ...]
    automations: tuple[str, ...]
    resubscribe: bool
    sources: frozenset[str] = frozenset()
    if_already_bought: Literal["skip", "apply"] = "skip"
    keep_if_still_earned: bool = True
    hints: tuple[str, ...] = field(default=(), compare=False)

    @property
    def label(self) -> str:
        """How messages and the summary call it."""
        return f"{self.integration} / {self.title}" if self.integration else self.title


@dataclass(frozen=True)
class RuleSet:
    """The rules that write to one account, in the order written.

    Attributes:
        api_url: The account's URL as set, or None if none was set.
        api_token: Its token.
        rules: Active rules.
        owner: Setting or integration that the account comes from, for messages.
    """

    api_url: str | None
    api_token: str | None = field(repr=False)
    rules: tuple[Rule, ...]
    owner: str
