"""The steps of a plan: what one of them does to a contact, and what it is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from typing_extensions import assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Upsert:
    """Create or update the contact. What is None or absent is left as it is."""

    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    fields: tuple[tuple[int, str], ...] = field(default=(), repr=False)

    @property
    def subject(self) -> None:
        """What it is about: an upsert stands for itself."""
        return None


@dataclass(frozen=True)
class Subscribe:
    """Put the contact on a list."""

    list_id: int
    resubscribe: bool = False

    @property
    def subject(self) -> tuple[str, object]:
        """The list."""
        return "list", self.list_id


@dataclass(frozen=True)
class Unsubscribe:
    """Take the contact off a list, if it is on it."""

    list_id: int

    @property
    def subject(self) -> tuple[str, object]:
        """The list."""
        return "list", self.list_id


@dataclass(frozen=True)
class AddTag:
    """Give the contact a tag, which is created if missing."""

    name: str

    @property
    def subject(self) -> tuple[str, object]:
        """The tag."""
        return "tag", self.name.casefold()


@dataclass(frozen=True)
class RemoveTag:
    """Take a tag off the contact."""

    name: str

    @property
    def subject(self) -> tuple[str, object]:
        """The tag."""
        return "tag", self.name.casefold()


@dataclass(frozen=True)
class SetField:
    """Write a field of a contact that exists."""

    field_id: int
    value: str = field(repr=False)

    @property
    def subject(self) -> tuple[str, object]:
        """The field."""
        return "field", self.field_id


@dataclass(frozen=True)
class EnterAutomation:
    """Let the contact enter an automation."""

    automation_id: int
    creates: bool

    @property
    def subject(self) -> tuple[str, object]:
        """The automation."""
        return "automation", self.automation_id


Step = Upsert | Subscribe | Unsubscribe | AddTag | RemoveTag | SetField | EnterAutomation

# What ActiveCampaign's import can do; `must_stay_behind` says when it may.
IMPORTABLE: Final = (Upsert, Subscribe, AddTag)


def must_stay_behind(step: Step, earlier: Sequence[Step]) -> bool:
    """Return whether a step must not move ahead of others, into an import.

    A step moves only past steps that concern something else, and only into what an import can do.

    Args:
        step: The step.
        earlier: Steps before it that are not in the import.
    """
    if not isinstance(step, IMPORTABLE):
        return True
    if isinstance(step, Upsert):
        # A removal acts on a contact that exists: creating it earlier would change what it does.
        return any(_needs_the_contact_as_it_was(kept) for kept in earlier)
    return any(isinstance(kept, Upsert) or kept.subject == step.subject for kept in earlier)


def _needs_the_contact_as_it_was(step: Step) -> bool:
    match step:
        case Upsert() | SetField():
            return True
        case EnterAutomation():
            return not step.creates
        case Subscribe() | Unsubscribe() | AddTag() | RemoveTag():
            return False
        case _:
            assert_never(step)


def without_repetition(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Drop steps that change nothing because the same was done before, with no opposite between.

    Two subscriptions to a list count as one that may subscribe again if either may. Of two values
    of a field the later one is written. An automation is entered once per order, whichever rules
    name it.
    """
    kept: list[Step] = []
    latest: dict[tuple[str, object], int] = {}
    for step in steps:
        if step.subject is None:
            kept.append(step)
            continue
        before = latest.get(step.subject)
        if before is not None and type(kept[before]) is type(step):
            kept[before] = _both(kept[before], step)
        else:
            latest[step.subject] = len(kept)
            kept.append(step)
    return tuple(kept)


def _both(earlier: Step, later: Step) -> Step:
    """Return what two steps of one kind and subject come to."""
    match later:
        case Subscribe():
            resubscribes = isinstance(earlier, Subscribe) and earlier.resubscribe
            return Subscribe(later.list_id, resubscribe=resubscribes or later.resubscribe)
        case SetField():
            return later
        case Upsert() | Unsubscribe() | AddTag() | RemoveTag() | EnterAutomation():
            return earlier
        case _:
            assert_never(later)
