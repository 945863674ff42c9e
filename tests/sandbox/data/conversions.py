"""Conversions, what led to them, and how they are attributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.sizes import Fixed, Spread
from tests.sandbox.spec import Child, Spec, at, equals

if TYPE_CHECKING:
    from tests.sandbox.clock import StampStyle
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def conversion(draft: Draft) -> Row:
    """Make a conversion; the shape is inferred, no source gives it whole."""
    return {
        "name": ("Compra", "Inscrição", "Visita")[draft.index % 3],
        "value": (None, "100", "49.90")[draft.index % 3],
        "currency": "BRL",
        "limit": str(draft.index % 3),
        # Both spellings are on record.
        ("enforcelimit" if draft.index % 2 else "enforceLimit"): "1" if draft.index % 3 else "0",
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "links": {},
        "id": draft.id,
    }


def conversion_trigger(draft: Draft) -> Row:
    """Make a conversion's trigger; the shape is inferred, no source gives it whole."""
    return {
        "conversion": draft.owner,
        "trigger_type": "pagevisit",
        "modifier": "is",
        "dynamic": "0",
        "value": "https://www.example.com/obrigado",
        "retroactive": str(draft.index % 2),
        "automationBlock": draft.one_of("automationBlocks", 1) if draft.index % 2 else None,
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "links": {},
        "id": draft.id,
    }


def contact_conversion(draft: Draft) -> Row:
    """Make a contact's conversion; the shape is inferred, no source gives it whole."""
    trigger, block_id = draft.one_of("conversionTriggers", 1), draft.one_of("automationBlocks", 2)
    return {
        "contact": draft.owner,
        "conversion": draft.one_of("conversions", 3),
        "conversionTrigger": trigger,
        "conversiontrigger": trigger,
        "converted_by_type": "SeriesBlock",
        "converted_by_id": block_id,
        "convertedBy": block_id,
        "trigger_type": "pagevisit",
        "modifier": "is",
        "dynamic": "0",
        "value": "100",
        "order": draft.one_of("ecomOrders", 4) if draft.index % 2 else None,
        "amount": "4900" if draft.index % 2 else None,
        "currency": "BRL" if draft.index % 2 else None,
        "cdate": draft.offset(draft.created),
        "links": draft.links("contact", "conversion", "conversionTrigger", "attributions"),
        "id": draft.id,
    }


def conversion_point(draft: Draft) -> Row:
    """Make a touchpoint before a conversion."""
    return {
        "contact": draft.owner,
        "type": draft.pick(1, ("LinkData", "SmsLog", "TrackingLog")),
        "linkid": draft.one_of("links", 2),
        "tstamp": draft.offset(draft.created),
        "links": draft.links("contact", "attributions"),
        "id": draft.id,
    }


def attribution(draft: Draft) -> Row:
    """Make the link between a conversion and a touchpoint."""
    return {
        "contactConversion": draft.owner,
        "contactConversionPoint": draft.account.id_at("contactConversionPoints", draft.index),
        "links": {},
        "id": draft.id,
    }


_SENT: tuple[tuple[str, StampStyle], ...] = (("tstamp", "offset"),)

SPECS = (
    Spec(
        "conversions",
        conversion,
        Fixed(3),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
    ),
    Spec(
        "conversionTriggers",
        conversion_trigger,
        Spread("conversions", (1, 2)),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        parent_key="conversion",
    ),
    Spec(
        "contactConversions",
        contact_conversion,
        Spread("contacts", (1,) + (0,) * 19),
        created=(("cdate", "offset"),),
        updated=(("cdate", "offset"),),
        filters={"contactid": equals("contact"), "cdate": at("cdate")},
        orders={"contactid": "contact", "cdate": "cdate"},
        by_ids=True,
        children={"attributions": Child("attributions", "contactConversion", whole=True)},
        related={
            "conversion": ("conversions", "conversion"),
            "conversionTrigger": ("conversionTriggers", "conversionTrigger"),
        },
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "contactConversionPoints",
        conversion_point,
        Spread("contacts", (1,) + (0,) * 14),
        created=_SENT,
        updated=_SENT,
        filters={"contactid": equals("contact"), "type": equals("type")},
        orders={"contactid": "contact", "tstamp": "tstamp"},
        children={
            "attributions": Child(
                "attributions", "contactConversionPoint", envelope="attributions", whole=True
            )
        },
        by_ids=True,
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "attributions",
        attribution,
        Spread("contactConversions", (1, 0, 2)),
        path=None,
        appends=True,
        parent_key="contactConversion",
    ),
)
