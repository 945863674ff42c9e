"""Which rows came whole with their contacts, and how that is known. Everything here is pure.

``GET /contacts?include=contactTags`` brings the tags of each contact beside the contacts. The
parameter is in use, also by ActiveCampaign's own staff, but its reference documents it on other
paths only. So nothing that comes by it is believed without proof.

What each response must show
    The array stands beside the contacts; an unknown name leaves no trace. Its rows have the
    properties of the stream's own rows: their id, their contact, and what tells when they changed.
    Each contact names the ids of its rows, and these are exactly the rows beside it. So an array
    that was cut off, rows in another shape, and rows that stand inside the contact are noticed at
    once.

What a pass over all contacts must show
    The stream's own path counts as many rows as came. The count is taken before the pass and, where
    it differs, once more after it: rows come and go meanwhile, so the number must lie between. It
    shows what single responses cannot: that each contact brings only its first so many rows, and
    names only those. A stream without a path of its own is asked for the rows of the contacts that
    brought the most.

    Some rows are counted and never come along: those of a contact or a tag that is gone. They are
    found by the stream's own path, which is read whole when the count differs. A row is explained
    if its contact was not met, or if what else it points to came along with no row at all. If all
    of them are explained their number is remembered, and from then on the count is expected to be
    higher by it. A single row that is not explained means that rows do not come whole.

What cannot be seen, and why no row is lost for longer than the audit period
    Whether a contact's change date moves when a row of it changes is up to ActiveCampaign. Runs
    between two audits ask only for contacts that changed since the run before, so a row whose
    contact did not move stays unseen; so does one that comes too late for its contact's list of
    rows. Every `full_read_every_days` one pass over all contacts emits every row that changed since
    the last such pass. The contacts that changed since then are asked for as well. If a row changed
    and its contact is not among them, the stream is not read with the contacts any more.

    A row that changes while a pass runs carries a date that is not before the start of the run. The
    bookmark never passes that, and the next pass asks for contacts changed since then, less the
    look-back. A row removed from a contact is seen only in that contact's own list of ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.records.columns import snake_case

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    Row = dict[str, Any]


class Include(NamedTuple):
    """Rows that may come with contacts.

    Attributes:
        name: Their name in the parameter, beside the contacts and in each of them.
        contact: The property of the record that names the contact.
        needed: Properties of the record that each row must have.
    """

    name: str
    contact: str
    needed: frozenset[str]


class Doubt(str):
    """Why rows are not believed to be whole, as the end of a sentence."""

    __slots__ = ()


Beside = dict[Any, list[Any]]


def rows_beside(
    body: Mapping[str, Any], include: Include, contacts: Sequence[Row]
) -> Beside | Doubt:
    """Return the rows that came with each contact, if they are all of them.

    Args:
        body: The response.
        include: What was asked for.
        contacts: The contacts in it.

    Returns:
        The rows by the contact's id, or why they are not believed to be whole.
    """
    rows = body.get(include.name)
    if not isinstance(rows, list):
        return Doubt("ActiveCampaign sends none of its rows with the contacts")
    found: Beside = {wire_id(contact.get("id")): [] for contact in contacts}
    shapes: dict[tuple[str, ...], str | None] = {}
    for row in rows:
        if not isinstance(row, dict):
            return Doubt("rows that come with contacts are no objects")
        keys = tuple(row)
        if keys not in shapes:
            shapes[keys] = _contact_key(keys, include)
        contact_key = shapes[keys]
        if contact_key is None:
            return Doubt("rows that come with contacts have another form than its own")
        of_contact = found.get(_id(row[contact_key]))
        if of_contact is None:
            return Doubt("rows come with contacts that they do not belong to")
        of_contact.append(row)
    for contact in contacts:
        ids = contact.get(include.name)
        came = found[wire_id(contact.get("id"))]
        if not isinstance(ids, list) or not _are_the_same(ids, came):
            return Doubt("contacts name other rows than those that come with them")
    return found


def _contact_key(keys: tuple[str, ...], include: Include) -> str | None:
    """Return the API's name of the property with the contact; None if one that is needed lacks."""
    names = {snake_case(key): key for key in keys}
    return names[include.contact] if include.needed <= names.keys() else None


def _are_the_same(ids: list[Any], rows: list[Row]) -> bool:
    named = {_id(one) for one in ids} - {None}
    return len(named) == len(ids) == len(rows) and named == {_id(row["id"]) for row in rows}


def _id(value: Any) -> Hashable:
    """Return an id; None for what cannot be one."""
    return wire_id(value) if isinstance(value, (str, int)) else None


def agrees(met: int, gone: int, before: int | None, after: int | None) -> bool:
    """Return whether the rows that came with contacts are as many as the stream's path counts.

    Args:
        met: Rows that came.
        gone: Rows known never to come, because what they belong to is gone.
        before: What the path counted before the pass; None if it counts none.
        after: What it counted after the pass; the same as before where that agreed already.
    """
    if before is None or after is None:
        return False
    return min(before, after) <= met + gone <= max(before, after)


def is_explained(
    contact: Hashable, other: Hashable, *, met_contact: bool, met_other: bool | None
) -> bool:
    """Return whether a row did not come with its contact because something it points to is gone.

    Args:
        contact: The contact that the row names.
        other: What else it names.
        met_contact: Whether that contact was met.
        met_other: Whether a row came that names the same; None if rows name nothing else.
    """
    if contact is None:
        # It never hung on a contact, and may change like any other.
        return False
    if not met_contact:
        return True
    return other is not None and met_other is False
