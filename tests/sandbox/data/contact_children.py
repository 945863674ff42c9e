"""What the account keeps of each contact: scores, bounces, places, visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.contacts import DELETED_ID, email_of
from tests.sandbox.data.sideloads import geo_sideload
from tests.sandbox.sizes import Fixed, Spread
from tests.sandbox.spec import Spec, at, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.clock import StampStyle
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row

_NONE = "0000-00-00 00:00:00"


def score(draft: Draft) -> Row:
    """Make a score."""
    return {
        "reltype": ("contact", "contact", "deal")[draft.index % 3],
        "name": ("Engajamento", "Interesse", "Chance de fechar")[draft.index % 3],
        "descript": "+10 por clique",
        "status": "1",
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "links": [],
        "id": draft.id,
    }


def score_value(draft: Draft) -> Row:
    """Make a score of a contact, or of a deal."""
    of_deal = draft.die(1, 6) == 0
    return {
        "score": draft.one_of("scores", 2),
        "contact": None if of_deal else draft.owner,
        "deal": draft.one_of("deals", 3) if of_deal else None,
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "scoreValue": draft.pick(4, ("0", "10", "35", "12.5")),
        "links": draft.links("score", "contact", "deal"),
        "id": draft.id,
    }


def bounce(draft: Draft) -> Row:
    """Make a bounce; the code is not always a number."""
    campaign, message = draft.one_of("campaigns", 1), draft.one_of("messages", 2)
    return {
        "tstamp": draft.offset(draft.created),
        "bounceid": draft.id,
        "subscriberid": draft.owner,
        "campaignid": campaign,
        "messageid": message,
        "codeid": "48",
        "email": email_of(draft.account, draft.owner_index),
        "error": "",
        "source": "Return-Path: <>\nReceived: from mail.example.com\nSubject: devolvido\n",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "links": draft.links("bounce", "contact", "campaign", "message", "code"),
        "id": draft.id,
        "bounce": draft.id,
        "contact": draft.owner,
        "campaign": campaign,
        "message": message,
        "code": draft.pick(3, ("48", "5.1.1", "9.1.5")),
    }


def contact_datum(draft: Draft) -> Row:
    """Make what is known of a contact's place and first visit."""
    known = draft.die(1, 2) == 0
    at_city = draft.die(2, len(names.CITIES))
    return {
        # The row of a contact that was deleted stays.
        "contact": DELETED_ID if draft.index == 4 else draft.owner,
        "tstamp": draft.offset(draft.updated),
        "geoTstamp": draft.offset(draft.updated) if known else None,
        "geoIp4": "2130706433" if known else "0",
        "geoCountry2": "BR" if known else "",
        "geo_country": "Brazil" if known else "",
        "geoState": names.STATES[at_city] if known else "",
        "geoCity": names.CITIES[at_city] if known else "",
        "geoZip": "",
        "geoArea": "0",
        "geoLat": "-23.550520" if known else "0.000000",
        "geoLon": "-46.633308" if known else "0.000000",
        "geoTz": "America/Sao_Paulo" if known else "",
        "geoTzOffset": "-3.00" if known else "0.00",
        "ga_campaign_source": "",
        "ga_campaign_name": "",
        "ga_campaign_medium": "",
        "ga_campaign_term": "",
        "ga_campaign_content": "",
        "ga_campaign_customsegment": "",
        "ga_first_visit": draft.naive(draft.created) if known else None,
        "ga_times_visited": str(draft.die(3, 9)),
        "fb_id": "0",
        "fb_name": "",
        "tw_id": "0",
        "created_timestamp": draft.naive(draft.created) if known else _NONE,
        "updated_timestamp": draft.naive(draft.updated) if known else _NONE,
        "created_by": "0",
        "updated_by": "0",
        "links": [],
        "id": draft.id,
    }


def geo_ip(draft: Draft) -> Row:
    """Make an address from which a contact read a mail."""
    place = draft.account.id_at("geoAddresses", draft.index)
    return {
        "contact": draft.owner,
        "campaignid": draft.one_of("campaigns", 1),
        "messageid": draft.one_of("messages", 2),
        "geoaddrid": place,
        "ip4": str(2_130_706_433 + draft.die(3, 9)),
        "tstamp": draft.offset(draft.created),
        "links": draft.links("geoAddress"),
        "id": draft.id,
        "geoAddress": place,
    }


def geo_address(draft: Draft) -> Row:
    """Make a place."""
    at = draft.index % len(names.CITIES)
    return {
        "ip4": str(2_130_706_433 + draft.index),
        "country2": "BR",
        "country": "Brazil",
        "state": names.STATES[at],
        "city": names.CITIES[at],
        "zip": "00000-000",
        "area": "0",
        "lat": "-8.0476",
        "lon": "-34.8770",
        "tz": "America/Recife",
        "tstamp": draft.offset(draft.created),
        "links": [],
        "id": draft.id,
    }


def tracking_log(draft: Draft) -> Row:
    """Make an event of a contact; some came late, with an id of the day they were copied in."""
    happened = draft.created - (draft.die(4, 40 * 86_400) if draft.die(5, 4) == 0 else 0)
    return {
        "subscriberid": draft.owner,
        "type": draft.pick(1, ("pagevisit", "redir", "aula_assistida")),
        "value": draft.pick(2, ("https://www.example.com/aula/1", "Aula 3", "")),
        "tstamp": draft.offset(happened),
        "hash": draft.hex(3, 40),
        "links": draft.links("contact"),
        "id": draft.id,
        "contact": draft.owner,
    }


def contact_log(draft: Draft) -> Row:
    """Make a contact log: that another contact was merged into this one. Columns are inferred."""
    return {
        "contact": draft.owner,
        "action": "merge",
        "tstamp": draft.offset(draft.created),
        "links": draft.links("contact"),
        "id": draft.id,
    }


def plus_append(draft: Draft) -> Row:
    """Make what a social look-up found; the row of a contact that was deleted stays."""
    return {
        "contact": DELETED_ID if draft.index == 4 else draft.owner,
        "last_updated_rapleaf": None,
        "last_updated_fliptop": None,
        "last_updated_fullcontact": draft.naive(draft.updated) if draft.die(1, 2) else None,
        "imageUrl": "https://img.example.com/avatar.png",
        "membershipsFacebook": "",
        "membershipsTwitter": "https://social.example.com/exemplo",
        "membershipsLinkedin": "",
        "links": draft.links("contact"),
        "id": draft.id,
    }


_SENT: tuple[tuple[str, StampStyle], ...] = (("tstamp", "offset"),)

SPECS = (
    Spec(
        "scores",
        score,
        Fixed(3),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
    ),
    Spec(
        "scoreValues",
        score_value,
        Spread("contacts", (0, 0, 1, 0, 0, 2)),
        total="absent",
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        parent_key="contact",
        own_children=False,
    ),
    Spec(
        "bounceLogs",
        bounce,
        Spread("contacts", (1,) + (0,) * 19),
        created=(("tstamp", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        filters={"subscriberid": equals("subscriberid"), "tstamp": at("tstamp")},
        orders={"tstamp": "tstamp"},
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "contactData",
        contact_datum,
        Spread("contacts", (1, 0, 0)),
        singular="contactDatum",
        created=(("created_timestamp", "naive"),),
        updated=(("tstamp", "offset"), ("updated_timestamp", "naive")),
        ignores_orders=True,
        order="scrambled",
        parent_key="contact",
        own_children=False,
    ),
    Spec(
        "geoIps",
        geo_ip,
        Spread("contacts", (0, 1, 0)),
        sideload=geo_sideload,
        ignores_orders=True,
        order="scrambled",
        by_ids=True,
        related={"geoAddress": ("geoAddresses", "geoAddress")},
        created=_SENT,
        updated=_SENT,
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "geoAddresses",
        geo_address,
        Fixed(len(names.CITIES)),
        singular="geoAddress",
        ignores_orders=True,
        order="scrambled",
        by_ids=True,
    ),
    Spec(
        "trackingLogs",
        tracking_log,
        Spread("contacts", (2, 0, 1)),
        filters={
            "subscriberid": equals("subscriberid"),
            "tstamp": at("tstamp"),
            "type": contains("type"),
        },
        orders={name: name for name in ("tstamp", "subscriberid", "type")},
        by_ids=True,
        created=_SENT,
        updated=_SENT,
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "contactLogs",
        contact_log,
        Spread("contacts", (0, 0, 0, 1)),
        ignores_orders=True,
        by_ids=True,
        created=_SENT,
        updated=_SENT,
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "plusAppends",
        plus_append,
        Spread("contacts", (0, 1)),
        params={"contact": equals("contact")},
        ignores_orders=True,
        by_ids=True,
        parent_key="contact",
        own_children=False,
    ),
)
