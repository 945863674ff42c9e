"""What happened to each contact: mails written by hand, activities, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data.contacts import email_of
from tests.sandbox.data.sideloads import activity_sideload
from tests.sandbox.sizes import Share, Spread
from tests.sandbox.spec import Spec, equals, since

if TYPE_CHECKING:
    from tests.sandbox.clock import StampStyle
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def contact_email(draft: Draft) -> Row:
    """Make a mail written to one contact."""
    return {
        "messageid": "0",
        "seriesid": "0",
        "messageheader": "",
        "userid": "1",
        "d_id": "0",
        "subscriberid": draft.owner,
        "account": None,
        "ip": "0",
        "sdate": draft.offset(draft.created),
        "source": "",
        "links": {},
        "id": draft.id,
        "user": "1",
        "deal": None,
        "contact": draft.owner,
        "message": None,
    }


def email_activity(draft: Draft) -> Row:
    """Make the record of a mail written to one contact."""
    deal = draft.one_of("deals", 1) if draft.die(2, 4) == 0 else None
    mail = draft.one_of("contactEmails", 3)
    return {
        "subscriberid": draft.owner,
        "userid": "1",
        "d_id": deal or "0",
        "account": None,
        "reltype": "ContactEmail",
        "relid": mail,
        "from_name": "Alice Exemplo",
        "fromAddress": "usuario1@example.com",
        "toAddress": email_of(draft.account, draft.owner_index),
        "ccAddress": "",
        "subject": "Sua matrícula",
        "message": "Olá, tudo bem?",
        "messageHtml": "<p>Olá, tudo bem?</p>",
        "tstamp": draft.offset(draft.created),
        "series_id": None,
        "subscriber_series_id": None,
        "automation_name": None,
        "service_provider": None,
        "links": draft.links("contact", "deal", "user", "reference", "account"),
        "id": draft.id,
        "contact": draft.owner,
        "deal": deal,
        "user": "1",
        "reference": {"type": "contact-email", "id": mail},
    }


_REFERENCES = (
    ("SubscriberEmail", "contact-email", ""),
    ("SubscriberList", "contactList", "subscribe"),
    ("SubscriberSeries", "contactAutomation", "start"),
    ("Log", "log", ""),
    ("Note", "note", "add"),
)


def activity(draft: Draft) -> Row:
    """Make an activity; its id is unique within its reference type only."""
    kind, model, action = _REFERENCES[draft.index % len(_REFERENCES)]
    other = draft.id
    happened = draft.created - (draft.die(3, 40 * 86_400) if draft.die(4, 4) == 0 else 0)
    return {
        "tstamp": draft.offset(happened),
        "subscriberid": draft.owner,
        "reference_type": kind,
        "reference_id": other,
        "reference_action": action,
        "jsonData": draft.pick(1, (None, '{"list":"Alunos"}', {"list": "Alunos"})),
        "userid": "1",
        "permission": "",
        "referenceModelName": model,
        "notes": [],
        "recipients": [draft.id] if kind == "SubscriberEmail" else [],
        "reference": {"type": model, "id": other},
        "user": "1" if draft.die(2, 4) else None,
        "id": draft.id,
    }


def note(draft: Draft) -> Row:
    """Make a note on a contact, a deal, an account or an activity."""
    reltype, owner, collection = (
        ("Subscriber", "contact", "contacts"),
        ("Deal", "deal", "deals"),
        ("CustomerAccount", "account", "accounts"),
        ("Activity", "activity", "activities"),
        ("DealTask", "dealTask", "dealTasks"),
    )[draft.index % 5]
    rel = draft.one_of(collection, 1)
    return {
        "relid": rel,
        "reltype": reltype,
        "userid": "1",
        "is_draft": "0",
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "note": draft.pick(
            2, ("Pediu boleto", 'Disse: "ligo depois"', "Linha 1\nLinha 2 \u2014 ok")
        ),
        "links": draft.links("activities", "user", "mentions", "notes", "owner"),
        "id": draft.id,
        "user": "1",
        "owner": {"type": owner, "id": rel},
    }


_SENT: tuple[tuple[str, StampStyle], ...] = (("tstamp", "offset"),)

SPECS = (
    Spec(
        "contactEmails",
        contact_email,
        Spread("contacts", (0, 0, 0, 0, 1)),
        created=(("sdate", "offset"),),
        updated=(("sdate", "offset"),),
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "emailActivities",
        email_activity,
        Spread("contacts", (0, 0, 0, 0, 1)),
        singular="emailActivity",
        created=_SENT,
        updated=_SENT,
        filters={
            "subscriberid": equals("subscriberid"),
            "fieldid": equals("fieldid"),
            "dealId": equals("deal"),
        },
        orders={name: name for name in ("tstamp", "id", "subscriberid", "fieldid")},
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "activities",
        activity,
        Spread("contacts", (2, 1, 0)),
        singular="activity",
        created=_SENT,
        updated=_SENT,
        params={"after": since("tstamp"), "contact": equals("subscriberid")},
        orders={"tstamp": "tstamp"},
        sideload=activity_sideload,
        appends=True,
        parent_key="subscriberid",
    ),
    Spec(
        "notes",
        note,
        Share(0.1, least=5),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
    ),
)
