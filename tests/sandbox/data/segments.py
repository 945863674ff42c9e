"""Segments, audiences, postal addresses, message variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.sizes import Fixed, Share
from tests.sandbox.spec import Child, Spec, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row, Test


def segment(draft: Draft) -> Row:
    """Make a segment; hidden ones hold an automation's condition and have no name."""
    hidden = draft.index % 4 == 3
    return {
        "name": "" if hidden else f"Segmento {draft.pick(1, names.WORDS)} {draft.key}",
        "logic": draft.pick(2, ("and", "or")),
        "hidden": "1" if hidden else "0",
        "seriesid": draft.one_of("automations", 3) if hidden else "0",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None if hidden else "1",
        "updated_by": None if hidden else "1",
        "segmentid_v2": draft.uuid() if draft.die(4, 3) == 0 else None,
        "links": [],
        "id": draft.id,
    }


def audience(draft: Draft) -> Row:
    """Make an audience: JSON:API, UUIDs, UTC stamps of three decimals."""

    def moment(epoch: int) -> str:
        return draft.account.stamps.write(epoch + draft.die(1, 1000) / 1000, "millis_z")

    def count(number: int) -> Row:
        return {
            "count": draft.die(number, 900),
            "last_total_updated": moment(draft.updated),
            "run_id": draft.uuid(number),
            "run_id_start": moment(draft.updated),
            "run_id_end": moment(draft.updated + 2),
        }

    segment_id = draft.uuid()
    return {
        "type": "SegmentSummary",
        "id": segment_id,
        "attributes": {
            "segment_id": segment_id,
            "category": "audience",
            "name": f"Público {draft.pick(2, names.WORDS)} {draft.key}",
            "counts": {"last_total": count(3), "last_active_total": count(4)},
            "created_date": moment(draft.created),
            "updated_date": moment(draft.updated),
            "last_used_date": moment(draft.updated) if draft.die(5, 3) else None,
        },
    }


def address(draft: Draft) -> Row:
    """Make the postal address at the foot of campaigns."""
    at = draft.index % len(names.CITIES)
    return {
        "companyName": f"Escola Exemplo {draft.key}",
        "address1": "Rua Fictícia, 1",
        "address2": "",
        "city": names.CITIES[at],
        "state": names.STATES[at],
        "district": "",
        "zip": "00000-000",
        "country": "BR",
        "allgroup": "0",
        "isDefault": "0" if draft.index else "1",
        "smsName": None if draft.index % 2 else "",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "links": draft.links("addressGroup", "addressList", "forms"),
        "id": draft.id,
    }


def address_group(draft: Draft) -> Row:
    """Make a user group's right to an address; the columns are inferred."""
    group_id = draft.account.id_at("groups", draft.index)
    address_id = draft.account.id_at("addresses", draft.index)
    return {
        "addressid": address_id,
        "groupid": group_id,
        "links": draft.links("address", "group"),
        "id": draft.id,
        "address": address_id,
        "group": group_id,
    }


def personalization(draft: Draft) -> Row:
    """Make a message variable."""
    return {
        "name": ("endereco", "telefone", "aviso")[draft.index % 3],
        "tag": ("ENDERECO", "TELEFONE", "AVISO")[draft.index % 3],
        "format": "html" if draft.index % 2 else "text",
        "content": "Rua Fictícia, 1",
        "listIds": "1,2,3",
        "listNames": ",".join(names.LISTS[:3]),
        "listsCount": "3",
        "isLocked": draft.index == 2,
        "links": [],
        "id": draft.id,
    }


def _audience_name(value: str, _op: str, stamps: Stamps) -> Test:
    del stamps
    return lambda row: value.lower() in row["attributes"]["name"].lower()


SPECS = (
    Spec(
        "segments",
        segment,
        Share(0.01, least=4, most=500),
        created=(("created_timestamp", "naive"),),
        updated=(("updated_timestamp", "naive"),),
        ignores_orders=True,
    ),
    Spec(
        "audiences",
        audience,
        Share(0.01, least=5, most=500),
        envelope="data",
        id_kind="uuid",
        paging="pages",
        created=(("attributes.created_date", "millis_z"),),
        updated=(("attributes.updated_date", "millis_z"),),
        params={"search": _audience_name},
        orders={
            "updated_date": "attributes.updated_date",
            "name": "attributes.name",
            "recent": "attributes.last_used_date",
            "last_total": "attributes.counts.last_total.count",
            "last_active_total": "attributes.counts.last_active_total.count",
        },
    ),
    Spec(
        "addresses",
        address,
        Fixed(3),
        singular="address",
        children={
            "addressGroup": Child("addressGroups", "address", single="addressGroup"),
        },
        created=(("created_timestamp", "naive"),),
        updated=(("updated_timestamp", "naive"),),
    ),
    Spec(
        "personalizations",
        personalization,
        Fixed(3),
        filters={
            "name": contains("name"),
            "tag": contains("tag"),
            "listName": contains("listNames"),
            "content": contains("content"),
            "format": equals("format"),
        },
        orders={name: name for name in ("format", "tag", "name", "content")},
    ),
    Spec(
        "addressGroups",
        address_group,
        Fixed(3),
        ignores_orders=True,
    ),
)
