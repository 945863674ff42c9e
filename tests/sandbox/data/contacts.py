"""Contacts and what every account has most of: memberships, tags, field values."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from tests.sandbox.below import of_a_deleted_tag
from tests.sandbox.data import names
from tests.sandbox.data.sideloads import contact_derived, contact_meta, contact_sideload
from tests.sandbox.draft import has_udate
from tests.sandbox.sizes import Share, Spread, mix, salt_of
from tests.sandbox.spec import Child, Spec, at, contains, equals, since, starts_with, until

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row, Rule, Test

CONTACT_LINKS = (
    "bounceLogs", "contactAutomations", "contactData", "contactGoals", "contactLists",
    "contactLogs", "contactTags", "contactDeals", "deals", "fieldValues", "geoIps", "notes",
    "organization", "plusAppend", "trackingLogs", "scoreValues", "accountContacts",
    "automationEntryCounts",
)  # fmt: skip

_EMAIL = re.compile(r"\.(\d+)@example\.com$")
DELETED_ID = "10"
"""Id of a tag, or of a contact, that the account had and deleted; the seed leaves it out."""
SOURCES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
"""Where a place on a list comes from: import, form, automation and so on."""

_ZERO_DATE, _ZERO_STAMP = "0000-00-00", "0000-00-00 00:00:00"


@lru_cache(maxsize=1000)
def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain.split()[-1])


def _name(seed: int, index: int) -> tuple[str, str]:
    die = mix(salt_of("names", seed) + index)
    return (
        names.FIRST_NAMES[die % len(names.FIRST_NAMES)],
        names.LAST_NAMES[(die >> 16) % len(names.LAST_NAMES)],
    )


def email_of(account: Account, index: int) -> str:
    """Return the address that the seed gives to a contact; a few have a phone only."""
    if index % 211 == 7:
        return ""
    first, last = _name(account.seed, index)
    return f"{_slug(first)}.{_slug(last)}.{index}@example.com"


def index_of_email(account: Account, email: str) -> int | None:
    """Return the index of the contact to which the seed gave this address."""
    match = _EMAIL.search(email)
    if match is None or email_of(account, int(match[1])) != email:
        return None
    return int(match[1])


def contact(draft: Draft) -> Row:
    """Make a contact; about one in five has the key set and zero dates of 2018."""
    first, last = _name(draft.account.seed, draft.index)
    email = email_of(draft.account, draft.index)
    old = draft.die(1, 5) == 0
    no_stamp = _ZERO_STAMP if old else None
    created, updated = draft.offset(draft.created), draft.offset(draft.updated)
    naive_created = draft.naive(draft.created)
    # An e-mail event moves the one stamp and not the other.
    naive_updated = draft.naive(draft.updated + (19 if draft.die(2, 4) == 0 else 0))
    opened = draft.naive(draft.later(3)) if draft.die(4, 2) else None
    row: Row = {
        "cdate": created,
        "email": email,
        "phone": f"+55119000{draft.index % 100_000:05d}" if draft.die(5, 3) or not email else "",
        "firstName": first if draft.die(6, 12) else "",
        "lastName": last if draft.die(6, 12) else "",
        "orgid": "0",
        "orgname": "",
        "segmentio_id": "",
        "bounced_hard": "1" if draft.die(7, 40) == 0 else "0",
        "bounced_soft": str(draft.die(8, 30) // 28),
        "bounced_date": (
            draft.naive(draft.created)[:10]
            if draft.die(7, 40) == 0
            else _ZERO_DATE
            if old
            else None
        ),
        "ip": str(2_130_706_433 + draft.die(9, 90_000)) if draft.die(9, 3) == 0 else "0",
        "ua": "" if old else None,
        "hash": draft.hex(10, 32) if draft.die(11, 50) else "",
        "socialdata_lastcheck": no_stamp,
        "email_local": "",
        "email_domain": "example.com" if email and not old else "",
        "sentcnt": str(draft.die(12, 60)),
        "rating_tstamp": _ZERO_DATE if old else None,
        "gravatar": draft.pick(13, ("0", "0", "1", "3")),
        "deleted": "0",
        "anonymized": "0",
        "adate": draft.offset(draft.later(14)) if draft.die(14, 3) else None,
        "udate": updated if has_udate(draft.index) else None,
        "edate": draft.offset(draft.later(15)) if draft.die(15, 3) else None,
        "deleted_at": no_stamp,
        "created_utc_timestamp": naive_created,
        "updated_utc_timestamp": naive_updated,
        "created_timestamp": naive_created,
        "updated_timestamp": naive_updated,
        "created_by": "0" if draft.die(16, 2) else None,
        "updated_by": "0" if draft.die(16, 2) else None,
        "mpp_tracking": str(draft.die(17, 9) // 8),
        "last_click_date": opened if draft.die(18, 3) == 0 else None,
        "last_open_date": opened,
        "last_mpp_open_date": opened if draft.die(19, 9) == 0 else None,
        "best_send_hour": str(draft.die(20, 24)),
        "sms_consent": str(draft.die(21, 4) // 3),
        "sms_consent_updated_at": draft.naive(draft.updated) if draft.die(21, 4) == 3 else None,
        "whatsapp_id": None,
        "whatsapp_username": None,
        "scoreValues": [],
        "accountContacts": [],
        "links": draft.links(*CONTACT_LINKS),
        "id": draft.id,
        "organization": None,
    }
    if old:
        if draft.die(22, 2):  # absent, not null
            del row["adate"]
            del row["edate"]
        row["email_empty"] = 0 if email else 1
    return row


def contact_list(draft: Draft) -> Row:
    """Make a membership."""
    status = draft.pick(1, ("1", "1", "1", "1", "2", "0", "3"))
    lists = draft.account.base_count("lists")
    first, last = _name(draft.account.seed, draft.owner_index)
    return {
        "contact": draft.owner,
        # The first membership of a contact and the second are never the same list.
        "list": draft.account.id_at("lists", (draft.owner_index + draft.index) % lists),
        "form": None if draft.die(2, 3) else "1",
        "seriesid": "0",
        "sdate": draft.offset(draft.created) if draft.die(3, 20) else None,
        "udate": draft.offset(draft.updated) if status == "2" else None,
        "status": status,
        "responder": "1",
        "sync": "0",
        "unsubreason": "" if draft.die(4, 4) else None,
        "campaign": draft.one_of("campaigns", 5) if status == "2" else None,
        "message": None,
        "first_name": first,
        "last_name": last,
        "ip4Sub": "0",
        "sourceid": draft.pick(6, SOURCES),
        "autosyncLog": None,
        "ip4_last": "0",
        "ip4Unsub": "0",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "unsubscribeAutomation": None,
        "channel": "email",
        "links": draft.links(
            "automation", "list", "contact", "form", "autosyncLog", "campaign",
            "unsubscribeAutomation", "message",
        ),
        "id": draft.id,
        "automation": None,
    }  # fmt: skip


def contact_tag(draft: Draft) -> Row:
    """Make the link between a contact and a tag; a few tags were deleted since."""
    tags = draft.account.base_count("tags")
    tag_id = draft.account.id_at("tags", (draft.owner_index * 7 + draft.index) % tags)
    return {
        "contact": draft.owner,
        "tag": DELETED_ID if draft.index % 61 == 17 else tag_id,
        "cdate": draft.offset(draft.created),
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None if draft.die(1, 2) else "1",
        "updated_by": None,
        "links": draft.links("tag", "contact"),
        "id": draft.id,
    }


def field_value(draft: Draft) -> Row:
    """Make a custom field value."""
    field = (draft.owner_index + draft.index) % draft.account.base_count("fields")
    value: str | None = draft.pick(
        1,
        (
            "Recife", "||Inglês||Vendas||", "2024-02-29", "2024-03-01T09:00:00-03:00", "",
            "12,50", 'Olá, "mundo"', "000.000.001-91",
        ),
    )  # fmt: skip
    if draft.die(2, 25) == 0:
        value = None
    return {
        "contact": draft.owner,
        "field": draft.account.id_at("fields", field),
        "value": value,
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "created_by": None if draft.die(3, 2) else "0",
        "updated_by": None if draft.die(3, 2) else "0",
        "links": draft.links("owner", "field"),
        "id": draft.id,
        "owner": draft.owner,
    }


def _number(compare: int) -> Rule:
    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        bound = int(value) if value.isdigit() else 0
        if compare > 0:
            return lambda row: int(row["id"]) > bound
        return lambda row: int(row["id"]) < bound

    return rule


def _child(collection: str, key: str = "contact", single: str = "", envelope: str = "") -> Child:
    return Child(collection, key, single=single, envelope=envelope)


SPECS = (
    Spec(
        "contacts",
        contact,
        Share(1.0),
        entity="Subscriber",
        created=(
            ("cdate", "offset"),
            ("created_timestamp", "naive"),
            ("created_utc_timestamp", "naive"),
        ),
        updated=(
            ("udate", "offset"),
            ("updated_timestamp", "naive"),
            ("updated_utc_timestamp", "naive"),
        ),
        filters={
            "created_after": since("cdate"),
            "created_before": until("cdate"),
            "updated_after": since("udate"),
            "updated_before": until("udate"),
        },
        params={
            "email": equals("email"),
            "email_like": contains("email"),
            "search": contains("email", "firstName", "lastName", "phone"),
            "phone": starts_with("phone"),
            "id_greater": _number(1),
            "id_less": _number(-1),
        },
        orders={
            "id": "id",
            "cdate": "cdate",
            "email": "email",
            "first_name": "firstName",
            "last_name": "lastName",
            "name": "firstName",
        },
        children={
            "contactAutomations": Child(
                "contactAutomations", "contact", orders={"lastdate": "lastdate"}
            ),
            "contactLists": _child("contactLists"),
            "contactTags": Child("contactTags", "contact", whole=True, hides=of_a_deleted_tag),
            "fieldValues": _child("fieldValues"),
            "contactData": _child("contactData", single="contactDatum"),
            "contactGoals": _child("contactGoals"),
            "contactDeals": _child("contactDeals"),
            "accountContacts": _child("accountContacts"),
            "bounceLogs": _child("bounceLogs"),
            "contactLogs": _child("contactLogs"),
            "deals": _child("deals"),
            "geoIps": _child("geoIps"),
            "notes": _child("notes", key="owner:contact"),
            "plusAppend": _child("plusAppends", single="plusAppend"),
            "scoreValues": _child("scoreValues"),
            "trackingLogs": _child("trackingLogs"),
        },
        takes_along=("contactTags",),
        derive=contact_derived,
        sideload=contact_sideload,
        meta=contact_meta,
        lookup=("email", index_of_email),
    ),
    Spec(
        "contactLists",
        contact_list,
        Spread("contacts", (1, 2, 1, 1)),
        entity="SubscriberList",
        created=(("sdate", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        seeded={"updated_timestamp": 1},
        params={"contact": equals("contact"), "status": equals("status")},
        ignores_orders=True,
        parent_key="contact",
    ),
    Spec(
        "contactTags",
        contact_tag,
        Spread("contacts", (0, 1, 2, 3)),
        entity="SubscriberTag",
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        seeded={"updated_timestamp": 1},
        filters={
            "subscriberid": equals("contact"),
            "tagid": equals("tag"),
            "cdate": at("cdate"),
        },
        orders={"cdate": "cdate"},
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "fieldValues",
        field_value,
        Spread("contacts", (2, 0, 3, 1)),
        entity="FieldValue",
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        seeded={"udate": 1},
        filters={"fieldid": equals("field"), "val": equals("value")},
        parent_key="contact",
        forbidden_when_missing=True,
    ),
)
