"""What an answer carries beside its own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.below import related

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row

_PAGE_INPUT = ("segmentid", "formid", "listid", "tagid")


def children(account: Account, collection: str, parent_id: str) -> list[Row]:
    """Return the rows of a collection that belong to one parent row."""
    target = account.collection(collection)
    return [target.row(key) or {} for key in target.children_of(parent_id)]


def _ids(account: Account, collection: str, parent_id: str) -> list[str]:
    return [str(key) for key in account.collection(collection).children_of(parent_id)]


def contact_derived(account: Account, row: Row) -> None:
    """Set what a contact says of its scores and accounts."""
    row["scoreValues"] = _ids(account, "scoreValues", row["id"])
    row["accountContacts"] = _ids(account, "accountContacts", row["id"])


def field_derived(account: Account, row: Row) -> None:
    """Set the ids of a field's options and relations."""
    row["options"] = _ids(account, "fieldOptions", row["id"])
    row["relations"] = _ids(account, "fieldRels", row["id"])


def pipeline_derived(account: Account, row: Row) -> None:
    """Set the ids of a pipeline's stages."""
    row["stages"] = _ids(account, "dealStages", row["id"])


def contact_sideload(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the score values, which come unasked."""
    beside: Row = {"scoreValues": []}
    for row in rows:
        if row["scoreValues"]:
            beside["scoreValues"] += children(account, "scoreValues", row["id"])
    return beside


def geo_sideload(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the places of the addresses on the page; no key at all where there are none."""
    found = (
        related(account, "geoAddresses", one) for one in sorted({row["geoAddress"] for row in rows})
    )
    places = [row for row in found if row is not None]
    return {"geoAddresses": places} if places else {}


def contact_meta(_account: Account, _rows: list[Row], query: Query) -> Row:
    """Return the `page_input` that the contacts' meta echoes."""
    echo: Row = {name: query.number(name, 0) for name in _PAGE_INPUT}
    echo |= {
        "limit": query.number("limit", 20),
        "offset": query.number("offset", 0),
        "search": query.params.get("search"),
        "sort": None,
        "seriesid": query.number("seriesid", 0),
        "waitid": query.number("waitid", 0),
        "status": int(query.params.get("status") or -1),
        "forceQuery": query.number("forceQuery", 0),
        "cacheid": "522b5224f2007dca7483e08e7ebf5005",
    }
    return {"page_input": echo}


def field_sideload(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the options and relations of the fields on the page."""
    beside: Row = {"fieldOptions": [], "fieldRels": []}
    for row in rows:
        for key in ("fieldOptions", "fieldRels"):
            beside[key] += children(account, key, row["id"])
    return beside


def stage_sideload(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the stages of the pipelines on the page."""
    return {
        "dealStages": [one for row in rows for one in children(account, "dealStages", row["id"])]
    }


def deal_meta(_account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the sums by currency; an empty one is an array."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        if "currency" in row:
            count, value = sums.get(row["currency"].upper(), (0, 0))
            sums[row["currency"].upper()] = count + 1, value + int(row["value"])
    return {
        "currencies": {
            code: {"currency": code, "total": str(count), "value": str(value)}
            for code, (count, value) in sums.items()
        }
        or []
    }


def activity_sideload(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return the contacts and the recipients of the activities on the page."""
    contacts = account.collection("contacts")
    ids = sorted({row["subscriberid"] for row in rows}, key=int)
    people = (contacts.row(int(one)) for one in ids)
    return {
        "contacts": [one for one in people if one is not None],
        "activityRecipients": [
            {
                "reltype": "Subscriber",
                "relid": row["subscriberid"],
                "activityid": row["id"],
                "recipient": {"type": "contact", "id": row["subscriberid"]},
                "id": one,
            }
            for row in rows
            for one in row["recipients"]
        ],
    }
