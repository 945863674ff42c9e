"""Automations, their blocks, goals and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.campaigns import SCREENSHOT
from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import Child, Spec, at, compared, contains, equals, operators

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
    parent = "0" if kind == "start" else str(draft.key - 1)
    return {
        "seriesid": draft.owner,
        "automation": draft.owner,
        "parentid": parent,
        "parent": parent,
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


def contact_goal(draft: Draft) -> Row:
    """Make a contact's arrival at a goal; some say "0" of the run and the automation."""
    goal_id = draft.one_of("goals", 1)
    automation_id, entry = draft.one_of("automations", 2), draft.one_of("contactAutomations", 3)
    if draft.index % 6 == 5:
        automation_id = entry = "0"
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
        "name": f"SMS {draft.key}",
        "address": "1" if draft.index % 2 else None,
    }


SPECS = (
    Spec(
        "automations",
        automation,
        Fixed(len(names.AUTOMATIONS)),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        orders={
            name: name for name in ("name", "status", "entered", "cdate", "mdate", "revisions")
        },
        meta=automation_meta,
        children={
            "triggers": Child("automationTriggers", "seriesid"),
            "blocks": Child("automationBlocks", "automation", "string"),
            "goals": Child("goals", "automation", "string"),
            "contactAutomations": Child(
                "contactAutomations", "automation", "string", narrowed=True
            ),
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
        "contactGoals",
        contact_goal,
        Spread("contacts", (0, 0, 0, 0, 1)),
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        filters={
            "goal": equals("goal"),
            "automation": equals("automation"),
            "contact": equals("contact"),
            "contactAutomation": equals("contactAutomation"),
            "timespan": equals("timespan"),
            "tstamp": at("tstamp"),
        },
        orders={
            name: name
            for name in (
                "goal",
                "automation",
                "contact",
                "contactAutomation",
                "timespan",
                "tstamp",
            )
        },
        order="unsettled",
        by_ids=True,
        children={
            "contactGoalLists": Child("contactGoalLists", "contactGoal", "string"),
            "contactGoalTags": Child("contactGoalTags", "contactGoal", "string"),
        },
        related={
            "contactAutomation": ("contactAutomations", "contactAutomation"),
            "automation": ("automations", "automation"),
        },
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
        filters={
            "seriesid": compared("seriesid"),
            "subscriberid": compared("contact"),
            "status": compared("status"),
            "lastblock": compared("lastblock"),
            "adddate": compared("adddate"),
        },
        orders={
            "seriesid": "seriesid",
            "subscriberid": "contact",
            "status": "status",
            "lastblock": "lastblock",
            "adddate": "adddate",
        },
        children={
            "automationLogs": Child("contactAutomationLogs", "contactAutomation", whole=True),
            "contactGoals": Child("contactGoals", "contactAutomation"),
        },
        related={
            "contact": ("contacts", "contact"),
            "automation": ("automations", "automation"),
        },
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
        filters={"name": operators("name")},
        orders={"name": "name"},
        by_ids=True,
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        appends=True,
    ),
)
