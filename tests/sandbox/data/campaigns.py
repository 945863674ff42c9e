"""Campaigns, their messages, links and what readers did with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.sizes import Share, Spread
from tests.sandbox.spec import Child, Spec, contains, equals, one_of

if TYPE_CHECKING:
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row

_COUNTERS = (
    "send_amt", "total_amt", "opens", "uniqueopens", "linkclicks", "uniquelinkclicks",
    "subscriberclicks", "forwards", "uniqueforwards", "hardbounces", "softbounces", "unsubscribes",
    "unsubreasons", "updates", "socialshares", "replies", "uniquereplies",
)  # fmt: skip
_ZERO_FLAGS = (
    "mailer_log_file", "tracklinksanalytics", "tweet", "facebook", "embed_images", "htmlunsub",
    "textunsub", "willrecur", "split_content", "split_winner_awaiting", "responder_existing",
    "managetext", "schedule", "waitpreview", "replysys", "can_skip_approval",
    "use_quartz_scheduler", "has_predictive_content",
)  # fmt: skip
_PARAGRAPHS = "<p>Olá &amp; até já.</p>" * 20
SCREENSHOT = "https://img.example.com/screenshot.png"


def counters(draft: Draft) -> Row:
    """Return the counters of a sending."""
    return {name: str(draft.die(100 + at, 900)) for at, name in enumerate(_COUNTERS)}


def campaign(draft: Draft) -> Row:
    """Make a campaign; counters move `updated_timestamp` and not `mdate`."""
    status = draft.pick(1, ("5", "5", "5", "0", "1", "2", "3", "4", "6", "7"))
    sent = status in ("2", "3", "5")
    automation = draft.one_of("automations", 2) if draft.die(3, 4) == 0 else None
    name = f"{draft.pick(4, names.WORDS)} {draft.key}"
    message = draft.one_of("messages", 5)
    return {
        "type": "responder" if automation else draft.pick(6, ("single", "recurring", "split")),
        "userid": "1",
        "segmentid": "0",
        "bounceid": "-1",
        "realcid": "0",
        "sendid": str(draft.key) if sent else "0",
        "threadid": "0",
        "seriesid": automation or "0",
        "formid": "0",
        "basetemplateid": draft.hex(7, 40),
        "basemessageid": "0",
        "addressid": "1",
        "source": "web",
        "name": name,
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.later(8, 3)) if draft.die(9, 12) else None,
        "sdate": draft.offset(draft.later(10, 9)) if sent else None,
        "ldate": draft.offset(draft.later(10, 9) + 900) if sent else None,
        **counters(draft),
        **dict.fromkeys(_ZERO_FLAGS, "0"),
        "verified_opens": str(draft.die(117, 500)),
        "verified_unique_opens": str(draft.die(118, 400)),
        "status": status,
        "public": "1",
        "mail_transfer": "1" if sent else "0",
        "mail_send": "1" if sent else "0",
        "mail_cleanup": "1" if sent else "0",
        "tracklinks": draft.pick(11, ("all", "mime")),
        "trackreads": "1",
        "trackreadsanalytics": "1",
        "analytics_campaign_name": name,
        "survey": "",
        "htmlunsubdata": None,
        "textunsubdata": None,
        "recurring": "day1",
        "split_type": "" if draft.die(12, 3) else "even",
        "split_offset": "2",
        "split_offset_type": "day",
        "split_winner_messageid": "0",
        "responder_offset": "0",
        "responder_type": "subscribe",
        "reminder_field": "sdate",
        "reminder_format": None if draft.die(13, 2) else "yyyy-mm-dd",
        "reminder_type": "month_day",
        "reminder_offset": "0",
        "reminder_offset_type": "day",
        "reminder_offset_sign": "+",
        "reminder_last_cron_run": None,
        "activerss_interval": "day1",
        "activerss_url": None,
        "activerss_items": "10",
        "ip4": str(draft.die(14, 700_000_000)),
        "ip": "0",
        "laststep": "result",
        "scheduleddate": None if status != "1" else draft.offset(draft.updated),
        "deletestamp": None,
        "links": draft.links(
            "user", "automation", "campaignMessage", "campaignMessages", "links",
            "aggregateRevenues", "segment", "campaignLists",
        ),
        "id": draft.id,
        "user": "1",
        "automation": automation,
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "series_send_lock_time": None,
        "segmentname": "",
        "message_id": message,
        "screenshot": f"//{SCREENSHOT.partition('//')[2]}",
        "campaign_message_id": draft.id,
        "ed_version": draft.pick(15, ("2", "3")),
    }  # fmt: skip


def link(draft: Draft) -> Row:
    """Make a link of a campaign; the row's own URLs stand under the same key, `links`."""
    message = draft.pick(1, (None, draft.one_of("messages", 2)))
    return {
        "campaignid": draft.owner,
        "messageid": message or "0",
        "link": draft.pick(3, ("open", "https://www.example.com/oferta?utm_source=email")),
        "name": draft.pick(4, ("Read Tracker", "Quero participar", "")),
        "ref": "",
        "tracked": "1",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "uniquelinkclicks": str(draft.die(5, 80)),
        "linkclicks": str(draft.die(5, 80) + draft.die(6, 20)),
        "links": draft.links("campaign", "message"),
        "id": draft.id,
        "campaign": draft.owner,
        "message": message,
    }


def campaign_list(draft: Draft) -> Row:
    """Make the link between a campaign and a list."""
    target = draft.one_of("lists", 1)
    return {
        "campaignid": draft.owner,
        "listid": target,
        "userid": "1",
        "list_amt": str(draft.die(2, 900)),
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated) if draft.die(3, 3) else None,
        "name": draft.pick(4, names.LISTS),
        "links": draft.links("campaign", "list", "user"),
        "id": draft.id,
        "user": "1",
        "list": target,
        "campaign": draft.owner,
    }


def campaign_message(draft: Draft) -> Row:
    """Make the link between a campaign and a message."""
    message = draft.one_of("messages", 1)
    return {
        "campaignid": draft.owner,
        "messageid": message,
        "percentage": "100",
        "initial_split_percentage": "0",
        "sourcesize": "0",
        **counters(draft),
        "spamcheck_score": draft.pick(2, ("0", "1.7")),
        "spamcheck_max": "0",
        "screenshot": SCREENSHOT,
        "subject": f"{draft.pick(3, names.WORDS)}, %FIRSTNAME%!",
        "links": draft.links("campaign", "message"),
        "id": draft.id,
        "campaign": draft.owner,
        "message": message,
    }


def message(draft: Draft) -> Row:
    """Make a message."""
    subject = f"{draft.pick(1, names.WORDS)}, %FIRSTNAME%!"
    return {
        "userid": "1",
        "ed_instanceid": str(draft.die(2, 3)),
        "ed_version": draft.pick(3, ("1", "2", "3")),
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "name": "" if draft.die(4, 2) else subject,
        "fromname": "Escola Exemplo",
        "fromemail": "contato@example.com",
        "reply2": "",
        "priority": "3",
        "charset": "utf-8",
        "encoding": draft.pick(5, ("quoted-printable", "8bit")),
        "format": "mime",
        "subject": subject,
        "preheader_text": "",
        "text": " \n\nOlá, %FIRSTNAME%!\n\nTemos novidades para você.\n",
        "html": f"<!DOCTYPE html><html><body>{_PARAGRAPHS}</body></html>",
        "htmlfetch": "now",
        "textfetch": "now",
        "hidden": "0",
        "preview_mime": "",
        "preview_data": draft.pick(6, (None, "")),
        "has_predictive_content": "0",
        "language_code": draft.pick(7, (None, "pt-BR")),
        "source": "",
        "links": draft.links("user", "hyperlinks"),
        "id": draft.id,
        "user": "1",
    }


def click(draft: Draft) -> Row:
    """Make a reader's opening or click; the shape is inferred, no source gives it whole."""
    campaign_id = draft.one_of("campaigns", 1)
    return {
        "link": draft.owner,
        "linkid": draft.owner,
        "campaignid": campaign_id,
        "messageid": draft.one_of("messages", 2),
        "subscriberid": draft.one_of("contacts", 3),
        "sendid": campaign_id,
        "tstamp": draft.offset(draft.created),
        "isread": draft.pick(4, ("0", "1")),
        "times": str(1 + draft.die(5, 4)),
        "ip": f"192.0.2.{draft.die(6, 250)}",
        "ua": draft.pick(7, ("Firefox", "Chrome", "")),
        "uasrc": "Mozilla/5.0 (X11; Linux x86_64)",
        "referer": draft.pick(8, ("", "https://www.example.com/")),
        "links": {},
        "id": draft.id,
    }


def fetch(draft: Draft) -> Row:
    """Make a fetch by Apple Mail, which is neither an opening nor a click."""
    return {**click(draft), "isread": "2"}


def sending(draft: Draft) -> Row:
    """Make the record of one mail sent; the shape is inferred, no source gives it whole."""
    return {
        "sendid": draft.owner,
        "campaignid": draft.owner,
        "messageid": draft.one_of("messages", 1),
        "subscriberid": draft.one_of("contacts", 2),
        "successful": "1" if draft.die(3, 20) else "0",
        "tstamp": draft.offset(draft.created),
        "links": {},
        "id": draft.id,
    }


SPECS = (
    Spec(
        "campaigns",
        campaign,
        Share(0.02, least=8, most=3000),
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("mdate", "offset"), ("updated_timestamp", "naive")),
        filters={
            "seriesid": equals("seriesid"),
            "type": equals("type"),
            "name": contains("name"),
            "id": equals("id"),
            "status": one_of("status"),
        },
        orders={name: name for name in ("sdate", "mdate", "ldate", "status")},
        children={
            "links": Child("links", "campaign"),
            "campaignLists": Child("campaignLists", "campaign", "string"),
            "campaignMessages": Child("campaignMessages", "campaign", "string"),
        },
    ),
    Spec(
        "links",
        link,
        Spread("campaigns", (2, 1, 3)),
        created=(("created_timestamp", "naive"),),
        updated=(("updated_timestamp", "naive"),),
        parent_key="campaign",
    ),
    Spec(
        "campaignLists",
        campaign_list,
        Spread("campaigns", (1, 2)),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        parent_key="campaign",
    ),
    Spec("campaignMessages", campaign_message, Spread("campaigns", (1, 2)), parent_key="campaign"),
    Spec(
        "messages",
        message,
        Share(0.02, least=8, most=3000),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
    ),
    Spec(
        "linkData",
        click,
        Spread("links", (5, 3)),
        envelope="linkData",
        singular="linkDatum",
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
        parent_key="linkid",
    ),
    Spec(
        "mppLinkData",
        fetch,
        Spread("links", (1, 2)),
        singular="mppLinkDatum",
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
        parent_key="linkid",
    ),
    Spec(
        "logs",
        sending,
        Spread("campaigns", (7, 4)),
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
        parent_key="campaignid",
    ),
)
