"""Automations, their blocks, goals and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.campaigns import SCREENSHOT
from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import Child, Spec, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.draft import Draft
    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row


def automation(draft: Draft) -> Row:
    """Make an automation; newer ones have a number as status and no screenshots."""
    new = draft.index % 3 == 2
    row: Row = {
        "name": names.AUTOMATIONS[draft.index % len(names.AUTOMATIONS)],
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "userid": "1",
        "status": 1 if new else draft.pick(1, ("1", "1", "2")),
        "entered": str(50 + draft.die(2, 90)),
        "exited": str(draft.die(3, 50)),
        "hidden": "0",
        "entitlements_violation": "0",
        "source": "0",
        "description": draft.pick(4, (None, "", "Sequência de e-mails")),
        "exit_on_unsubscribe": "0",
        "exit_on_conversion": "0",
        "multientry": "1",
        "links": draft.links(
            "campaigns", "contactGoals", "contactAutomations", "blocks", "goals", "sms",
            "sitemessages", "triggers",
        ),
        "id": draft.id,
    }  # fmt: skip
    if not new:
        row |= {"defaultscreenshot": SCREENSHOT, "screenshot": SCREENSHOT}
    return row


def automation_meta(account: Account, rows: list[Row], _query: Query) -> Row:
    """Return what the automations' meta carries beside the total."""
    del account
    return {
        "starts": [{"id": row["id"], "series": row["id"], "type": "subscribe"} for row in rows],
        "filtered": False,
        "smsLogs": [],
    }


def block(draft: Draft) -> Row:
    """Make a block; empty parameters are an array."""
    kind = ("start", "send", "wait", "addtag")[draft.index % 4]
    parameters: dict[str, Row | list[str]] = {
        "start": {"starts": [draft.id]},
        "send": {"campaignid": draft.one_of("campaigns", 1)},
        "wait": {"waittype": "for", "waittime": 1, "waitdurt": "day"},
        "addtag": [],
    }
    return {
        "automation": draft.owner,
        "parent": "0" if kind == "start" else str(draft.key - 1),
        "ordernum": str(draft.index % 4 + 1),
        "type": kind,
        "params": parameters[kind],
        "deleted": "1" if draft.die(2, 15) == 0 else "0",
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "links": {},
        "id": draft.id,
    }


def goal(draft: Draft) -> Row:
    """Make a goal."""
    block_id = draft.one_of("automationBlocks", 1)
    return {
        "blockid": block_id,
        "seriesid": draft.owner,
        "name": draft.pick(2, ("Comprou", "Abriu o e-mail", "Visitou o site")),
        "cdate": draft.offset(draft.created),
        "dirty_stats": "0",
        "links": {},
        "id": draft.id,
        "automation": draft.owner,
        "automationBlock": block_id,
    }


def conversion(draft: Draft) -> Row:
    """Make a conversion; the shape is inferred, no source gives it whole."""
    return {
        "name": ("Compra", "Inscrição", "Visita")[draft.index % 3],
        "value": (None, "100", "49.90")[draft.index % 3],
        "currency": "BRL",
        "limit": str(draft.index % 3),
        "enforceLimit": "1" if draft.index % 3 else "0",
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
        "currency": "BRL",
        "cdate": draft.offset(draft.created),
        "links": {},
        "id": draft.id,
    }


def contact_goal(draft: Draft) -> Row:
    """Make a contact's arrival at a goal."""
    goal_id = draft.one_of("goals", 1)
    automation_id, entry = draft.one_of("automations", 2), draft.one_of("contactAutomations", 3)
    return {
        "goalid": goal_id,
        "seriesid": automation_id,
        "subscriberid": draft.owner,
        "subscriberseriesid": entry,
        "timespan": str(draft.die(4, 90_000)),
        "tstamp": draft.offset(draft.created),
        "links": draft.links(
            "goal", "automation", "contact", "contactAutomation", "contactGoalLists",
            "contactGoalTags",
        ),
        "id": draft.id,
        "goal": goal_id,
        "automation": automation_id,
        "contact": draft.owner,
        "contactAutomation": entry,
    }  # fmt: skip


def contact_automation(draft: Draft) -> Row:
    """Make a contact's entry into an automation; newer records count in numbers."""
    done, new = draft.die(1, 3) > 0, draft.die(2, 2) == 0
    total = 1 + draft.die(3, 6)
    passed = total if done else draft.die(4, total)
    automation = draft.one_of("automations", 5)
    return {
        "contact": draft.owner,
        "seriesid": automation,
        "startid": "0",
        "status": "2" if done else "1",
        "batchid": draft.pick(6, (None, "completed", draft.uuid(6))),
        "adddate": draft.offset(draft.created),
        "remdate": draft.offset(draft.updated) if done else None,
        "timespan": str(draft.updated - draft.created) if done else None,
        "lastblock": draft.one_of("automationBlocks", 7),
        "lastlogid": "0" if draft.die(8, 4) else None,
        "lastdate": draft.offset(draft.updated),
        "in_als": str(draft.die(9, 4)),
        "completedElements": passed if new else str(passed),
        "totalElements": total if new else str(total),
        "completed": 1 if done else 0,
        "completeValue": 100 * passed // total,
        "links": draft.links("automation", "contact", "contactGoals", "automationLogs"),
        "id": draft.id,
        "automation": automation,
    }


def site_message(draft: Draft) -> Row:
    """Make a site message."""
    return {
        "name": ("Bem-vindo", "Volte sempre", "Oferta")[draft.index % 3],
        "automation": draft.account.id_at("automations", draft.index),
        "template": {"initial": {}, "detailed": {"text": "Olá!"}} if draft.index % 3 else [],
        "ldate": draft.offset(draft.updated) if draft.index % 3 else None,
        "links": {},
        "id": draft.id,
    }


def automation_sms(draft: Draft) -> Row:
    """Make an SMS of an automation."""
    automation_id = draft.account.id_at("automations", draft.index)
    return {
        "userid": "1",
        "seriesid": automation_id,
        "msg": "Sua aula começa em uma hora.",
        "tstamp": draft.offset(draft.created),
        "tf_day": "",
        "tf_hr_from": "0",
        "tf_hr_to": "0",
        "sent": str(draft.die(1, 90)),
        "failed": "0",
        "unsubscribes": "0",
        "replies": "0",
        "uniquereplies": "0",
        "sdate": None,
        "ldate": draft.offset(draft.updated) if draft.die(2, 2) else None,
        "links": draft.links("user", "automation"),
        "id": draft.id,
        "user": "1",
        "automation": automation_id,
    }


SPECS = (
    Spec(
        "automations",
        automation,
        Fixed(len(names.AUTOMATIONS)),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        meta=automation_meta,
        children={
            "blocks": Child("automationBlocks", "automation", "string"),
            "goals": Child("goals", "automation", "string"),
            "contactAutomations": Child("contactAutomations", "automation", "string"),
            "campaigns": Child("campaigns", "automation", "string"),
        },
    ),
    Spec(
        "automationBlocks",
        block,
        Spread("automations", (4,)),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        parent_key="automation",
    ),
    Spec(
        "goals",
        goal,
        Spread("automations", (1, 0, 2)),
        created=(("cdate", "offset"),),
        filters={"seriesid": equals("seriesid"), "name": contains("name")},
        parent_key="automation",
    ),
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
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "contactGoals",
        contact_goal,
        Spread("contacts", (0, 0, 0, 0, 1)),
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
        parent_key="contact",
    ),
    Spec(
        "contactAutomations",
        contact_automation,
        Spread("contacts", (0, 1, 0, 1)),
        entity="SubscriberSeries",
        created=(("adddate", "offset"),),
        updated=(("lastdate", "offset"),),
        seeded={"lastdate": 1},
        meta=lambda _account, _rows, _query: {"showcase_stats": []},
        parent_key="contact",
        forbidden_when_missing=True,
    ),
    Spec("siteMessages", site_message, Fixed(3), updated=(("ldate", "offset"),)),
    Spec(
        "sms",
        automation_sms,
        Share(0.003, most=40),
        singular="sms",
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
    ),
)
