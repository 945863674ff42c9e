"""What the reference has added of late: triggers, steps, snapshots at goals.

Where the reference names no columns, the rows are inferred from its texts and from clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.below import related
from tests.sandbox.sizes import Spread
from tests.sandbox.spec import OF_ITS_PLACE, Spec, equals

if TYPE_CHECKING:
    from tests.sandbox.clock import StampStyle
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def trigger(draft: Draft) -> Row:
    """Make a trigger of an automation; empty parameters are an array."""
    kind, relation, parameters = (
        ("tagadd", "1", {"tag": "1"}),
        ("subscribe", "2", {"listid": "2"}),
        ("unknown_new_type", "0", []),
    )[draft.index % 3]
    return {
        "seriesid": draft.owner,
        "segmentid": "0",
        "multientry": str(draft.index % 2),
        "type": kind,
        "relid": relation,
        "params": parameters,
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "links": [],
        "id": draft.id,
    }


def automation_log(draft: Draft) -> Row:
    """Make the record of a wait, a goal or a sending of one run."""
    run = related(draft.account, "contactAutomations", draft.owner) or _NO_RUN
    block = draft.one_of("automationBlocks", 1)
    return {
        "seriesid": run["automation"],
        "blockid": block,
        "subscriberid": run["contact"],
        "tstamp": draft.offset(draft.created),
        "res": str(draft.die(2, 2)),
        "links": draft.links("automation", "block", "contact", "contactAutomation"),
        "id": draft.id,
        "automation": run["automation"],
        "block": block,
        "contact": run["contact"],
        "contactAutomation": draft.owner,
    }


def step(draft: Draft) -> Row:
    """Make a step of a run: the id is that of the block, so it is unique within the run only."""
    skipped = draft.die(1, 3) == 0
    block = str(1 + draft.index % 4)
    return {
        "id": block,
        "blockid": block,
        "type": draft.pick(2, ("wait", "send", "addtag")),
        "status": "skipped" if skipped else "completed",
        "skipReason": "unsubscribed" if skipped else None,
        "tstamp": draft.offset(draft.created),
    }


def goal_list(draft: Draft) -> Row:
    """Make one of the lists that a contact was on when it reached a goal."""
    list_id = draft.account.id_at("lists", draft.index)
    return {
        "contactgoalid": draft.owner,
        "listid": list_id,
        "links": draft.links("contactGoal", "list"),
        "id": draft.id,
        "contactGoal": draft.owner,
        "list": list_id,
    }


def goal_tag(draft: Draft) -> Row:
    """Make one of the tags that a contact had when it reached a goal."""
    tag_id = draft.account.id_at("tags", draft.index)
    return {
        "contactgoalid": draft.owner,
        "tagid": tag_id,
        "links": draft.links("contactGoal", "tag"),
        "id": draft.id,
        "contactGoal": draft.owner,
        "tag": tag_id,
    }


_NO_RUN = {"automation": "0", "contact": "0"}
_SENT: tuple[tuple[str, StampStyle], ...] = (("tstamp", "offset"),)

SPECS = (
    Spec(
        "automationTriggers",
        trigger,
        Spread("automations", (1, 2, 0)),
        path=None,
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        parent_key="seriesid",
    ),
    Spec(
        "contactAutomationLogs",
        automation_log,
        Spread("contactAutomations", (2, 0, 1)),
        path=None,
        created=_SENT,
        appends=True,
        parent_key="contactAutomation",
    ),
    Spec(
        "automationSteps",
        step,
        Spread("contactAutomations", (4, 0, 3)),
        path=None,
        envelope="steps",
        id_kind="name",
        created=_SENT,
        appends=True,
        parent_key=OF_ITS_PLACE,
    ),
    Spec(
        "contactGoalLists",
        goal_list,
        Spread("contactGoals", (2, 1)),
        orders={"listid": "listid", "goal": "contactgoalid"},
        order="scrambled",
        by_ids=True,
        appends=True,
        parent_key="contactGoal",
    ),
    Spec(
        "contactGoalTags",
        goal_tag,
        Spread("contactGoals", (0, 3)),
        filters={"tagid": equals("tagid"), "contactgoalid": equals("contactgoalid")},
        orders={"tagid": "tagid", "contactgoalid": "contactgoalid"},
        order="scrambled",
        by_ids=True,
        related={"contactGoal": ("contactGoals", "contactGoal")},
        appends=True,
        parent_key="contactGoal",
    ),
)
