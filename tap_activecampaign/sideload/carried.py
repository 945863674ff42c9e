"""Contacts whose records carry rows that come with them: the values of their custom fields.

These rows have to prove that they come whole, like any others, whether or not their stream is
selected. If it is not, nothing of them is emitted, and what was proven is remembered in the state
of the contacts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import override

from tap_activecampaign.sideload.contact_pages import Contacts
from tap_activecampaign.sideload.member import Member, Rider
from tap_activecampaign.sideload.proof import agrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Row = dict[str, Any]
    Record = dict[str, Any]

# In each record of a contact: the rows that came with it. No property of the API has such a name.
BROUGHT = "\0brought"
_STATE = "carried"


class Carrier(Rider, Contacts, Protocol):
    """The contacts, which may carry rows of another stream."""

    @property
    def carried(self) -> Rider | None:
        """The stream of these rows; None if records carry none."""

    def brought(self, rows: Iterable[Row]) -> list[Any]:
        """Return what is kept of the rows that came with a contact."""

    def is_news(self, rows: Iterable[Row]) -> bool:
        """Return whether one of the rows changed since contacts were last sent."""


class CarriedMember(Member):
    """Rows that contacts carry, of a stream that is not selected.

    Args:
        carrier: The contacts.
        stream: The stream of the rows.
    """

    is_emitted = False

    def __init__(self, carrier: Carrier, stream: Rider) -> None:
        stored = carrier.stream_state.get(_STATE)
        state = stored if isinstance(stored, dict) else {}
        carrier.stream_state[_STATE] = state
        super().__init__(stream, None, state)
        self.is_incremental = True
        self._carrier = carrier

    @property
    @override
    def reads(self) -> Rider:
        return self._carrier

    @override
    def take(self, rows: Iterable[Row], *, contact_moved: bool) -> list[Record]:
        super().take(rows, contact_moved=contact_moved)
        return []

    @override
    def agrees(self, count: int | None) -> bool:
        # No loader would take away what is not emitted.
        return agrees(self.rows_met, self.trust.gone, self.count_before, count)


class ContactMember(Member):
    """The contacts, as a member of the pass over them.

    Args:
        contacts: The stream.
    """

    def __init__(self, contacts: Carrier) -> None:
        super().__init__(contacts, contacts.bookmark())
        self._contacts = contacts
        start_date = contacts.run.start_date
        self._oldest = "" if start_date is None else start_date.isoformat()
        self._is_news = False

    def take_contact(
        self, contact: Row, beside: Sequence[Row] | None, *, is_missed: bool
    ) -> list[Record]:
        """Return the record of a contact, if it is wanted.

        Args:
            contact: The contact.
            beside: The rows that it carries; None if they did not come.
            is_missed: Whether earlier runs missed a change of one of them.
        """
        self._is_news = is_missed or (beside is not None and self._contacts.is_news(beside))
        records = self.take((contact,), contact_moved=True)
        if beside is not None:
            for record in records:
                record[BROUGHT] = self._contacts.brought(beside)
        return records

    @override
    def is_wanted(self, record: Record) -> bool:
        return super().is_wanted(record) or (
            self._is_news and self.stream.is_recent(record, self._oldest)
        )
