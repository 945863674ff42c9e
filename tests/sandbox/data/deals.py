"""Deals, pipelines, stages and who takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.data import names
from tests.sandbox.data.sideloads import deal_meta, pipeline_derived, stage_sideload
from tests.sandbox.sizes import Fixed, Spread
from tests.sandbox.spec import (
    Child,
    Spec,
    at_least,
    at_most,
    contains,
    equals,
    since,
    until,
)

if TYPE_CHECKING:
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row, Test


def hidden(index: int) -> bool:
    """Whether a deal is in a pipeline that the key's user may not see."""
    return index % 29 == 11


def deal(draft: Draft) -> Row:
    """Make a deal; of a hidden pipeline three keys are all there is."""
    title = f"{draft.pick(1, names.PRODUCTS)} {draft.key}"
    if hidden(draft.index):
        return {"id": draft.id, "isDisabled": draft.pick(2, (1, True)), "title": title}
    stage = draft.die(3, draft.account.base_count("dealStages"))
    organisation = draft.one_of("accounts", 4) if draft.die(5, 3) else None
    probability = draft.pick(6, (None, 44, 80, 12))
    next_task = draft.one_of("dealTasks", 7) if draft.die(8, 4) == 0 else None
    row: Row = {
        "hash": draft.hex(9, 8),
        "owner": draft.one_of("users", 10),
        "contact": draft.owner if draft.die(11, 20) else None,
        "organization": organisation,
        "group": pipeline_of_stage(draft, stage),
        "stage": draft.account.id_at("dealStages", stage),
        "title": title,
        "description": "" if draft.die(12, 2) else "Veio pelo formulário do site",
        "percent": "0",
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "nextdate": draft.offset(draft.later(13)) if next_task else None,
        "nexttaskid": next_task or draft.pick(14, ("0", None)),
        "value": str(draft.die(15, 900_000)),
        "currency": draft.pick(16, ("brl", "brl", "brl", "usd")),
        "winProbability": probability,
        "winProbabilityMdate": None if probability is None else draft.offset(draft.updated),
        "status": draft.pick(17, ("0", "0", "1", "2")),
        "activitycount": str(draft.die(18, 60)),
        "nextdealid": draft.id,
        "edate": draft.pick(19, (None, "0000-00-00 00:00:00", draft.naive(draft.updated))),
        "links": draft.links(
            "dealActivities", "contact", "contactDeals", "group", "nextTask", "notes", "account",
            "customerAccount", "organization", "owner", "scoreValues", "stage", "tasks",
            "dealCustomFieldData",
        ),
        "id": draft.id,
        "isDisabled": False,
        "account": organisation,
        "customerAccount": organisation,
    }  # fmt: skip
    if draft.die(20, 2):
        row["nextTask"] = next_task
    return row


def pipeline_of_stage(draft: Draft, stage: int) -> str:
    """Return the pipeline of the stage at an index."""
    size = draft.account.collection("dealStages").spec.size
    assert isinstance(size, Spread)
    return draft.account.id_at("dealGroups", size.owner(stage))


def pipeline(draft: Draft) -> Row:
    """Make a pipeline; its stages are set by what exists."""
    return {
        "title": ("Vendas", "Renovações", "Parcerias")[draft.index % 3],
        "currency": "brl",
        "autoassign": str(draft.index % 3),
        "allusers": "1",
        "allgroups": "0" if draft.index else "1",
        "source": "",
        "count": str(4),
        "win_probability_initialize_date": (
            None,
            "0000-00-00 00:00:00",
            draft.naive(draft.created),
        )[draft.index % 3],
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated) if draft.index != 1 else None,
        "stages": [],
        "links": draft.links(
            "dealGroupUsers", "dealGroupGroups", "stages", "winProbabilityFeatures"
        ),
        "id": draft.id,
    }


def stage(draft: Draft) -> Row:
    """Make a stage; those made with their pipeline have no stamps."""
    seeded = draft.index % 2 == 0
    return {
        "group": draft.owner,
        "title": ("A contatar", "Em contato", "Proposta", "Fechamento")[draft.index % 4],
        "color": draft.hex(1, 6).upper(),
        "order": str(draft.index % 4 + 1),
        "width": draft.pick(2, ("280", "270")),
        "dealOrder": draft.pick(3, ("next-action DESC", "title ASC")),
        "cardRegion1": "title",
        "cardRegion2": "next-action",
        "cardRegion3": draft.pick(4, ("show-avatar", "hide-avatar")),
        "cardRegion4": "contact-fullname-orgname",
        "cardRegion5": "value" if draft.die(5, 5) else None,
        "cdate": None if draft.index % 4 == 0 else draft.offset(draft.created),
        "udate": None if seeded else draft.offset(draft.updated),
        "links": draft.links("group"),
        "id": draft.id,
    }


def pipeline_user(draft: Draft) -> Row:
    """Make a user's access to a pipeline."""
    return {
        "dealGroup": draft.owner,
        "user": draft.account.id_at("users", draft.index),
        "cdate": draft.offset(draft.created) if draft.index % 2 else None,
        "links": draft.links("dealGroup", "user"),
        "id": draft.id,
    }


def pipeline_group(draft: Draft) -> Row:
    """Make a group's access to a pipeline."""
    return {
        "dealGroup": draft.owner,
        "group": draft.account.id_at("groups", draft.index),
        "cdate": None,
        "links": draft.links("dealGroup", "group"),
        "id": draft.id,
    }


def deal_activity(draft: Draft) -> Row:
    """Make an entry of a deal's history."""
    kind, action = draft.pick(
        1, (("", "add"), ("contact", "add"), ("status", "1"), ("note", "add"), ("stage", "update"))
    )
    return {
        "d_id": draft.owner,
        "d_stageid": "0" if kind != "stage" else draft.one_of("dealStages", 2),
        "userid": "1",
        "dataId": str(draft.die(3, 900)),
        "dataType": kind,
        "dataAction": action,
        "dataOldval": "" if kind != "status" else "0",
        "cdate": draft.offset(draft.created),
        "sortdate": draft.offset(draft.created),
        "isAddtask": "0",
        "deleted": "1" if draft.die(4, 30) == 0 else "0",
        "seriesid": "0",
        "links": draft.links("deal", "stage", "user", "automation", "activity"),
        "id": draft.id,
        "deal": draft.owner,
        "stage": None if kind != "stage" else draft.one_of("dealStages", 2),
        "user": "1" if draft.die(5, 5) else None,
        "automation": None,
    }


def secondary_contact(draft: Draft) -> Row:
    """Make a further contact of a deal; about half have the longer key set."""
    row: Row = {
        "deal": draft.owner,
        "contact": draft.one_of("contacts", 1),
        "cdate": draft.offset(draft.created),
        "links": draft.links("deal", "contact", "role"),
        "id": draft.id,
        "role": draft.one_of("dealRoles", 2) if draft.die(3, 2) else None,
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
    }
    if draft.die(4, 5) == 0:
        for name in ("role", "created_timestamp", "updated_timestamp", "created_by", "updated_by"):
            del row[name]
    return row


def role(draft: Draft) -> Row:
    """Make a role; here the `_timestamp` names carry an offset."""
    return {
        "title": ("Decisor", "Influenciador", "Financeiro")[draft.index % 3],
        "created_timestamp": draft.offset(draft.created),
        "updated_timestamp": draft.offset(draft.updated),
        "links": draft.links("contactDeals"),
        "id": draft.id,
    }


def _date_range(value: str, _op: str, stamps: Stamps) -> Test:
    del stamps
    if value == "no-task":
        return lambda row: row.get("nextdate") is None
    return lambda row: row.get("nextdate") is not None


def _tagged(value: str, _op: str, stamps: Stamps) -> Test:
    del stamps
    return lambda _row: value in ("-2", "")


def _have_stages(value: str, _op: str, stamps: Stamps) -> Test:
    del stamps
    return lambda row: bool(row.get("stages")) == (value in ("1", "true"))


_FILTERS: dict[str, Any] = {
    "search": contains("title"),
    "title": contains("title"),
    "stage": equals("stage"),
    "group": equals("group"),
    "status": equals("status"),
    "owner": equals("owner"),
    "nextdate_range": _date_range,
    "tag": _tagged,
    "created_after": since("cdate"),
    "created_before": until("cdate"),
    "updated_after": since("mdate"),
    "updated_before": until("mdate"),
    "organization": equals("organization"),
    "minimum_value": at_least("value"),
    "maximum_value": at_most("value"),
}

SPECS = (
    Spec(
        "deals",
        deal,
        Spread("contacts", (1, 0, 0, 0, 1)),
        total="number",
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
        filters=_FILTERS,
        orders={
            "title": "title",
            "value": "value",
            "cdate": "cdate",
            "next-action": "nextdate",
        },
        children={
            "notes": Child("notes", "owner:deal", "string"),
            "dealActivities": Child("dealActivities", "deal", "string"),
            "contactDeals": Child("contactDeals", "deal", "string"),
            "dealCustomFieldData": Child("dealCustomFieldData", "dealId"),
            "scoreValues": Child("scoreValues", "deal"),
            "tasks": Child("dealTasks", "owner:deal", "string"),
        },
        meta=deal_meta,
        parent_key="contact",
        own_children=False,
    ),
    Spec(
        "dealGroups",
        pipeline,
        Fixed(3),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        filters={"title": contains("title"), "have_stages": _have_stages},
        orders={"title": "title"},
        children={
            "stages": Child("dealStages", "group", "string"),
            "dealGroupUsers": Child("dealGroupUsers", "dealGroup", "string"),
            "dealGroupGroups": Child("dealGroupGroups", "dealGroup", "string"),
        },
        derive=pipeline_derived,
        sideload=stage_sideload,
    ),
    Spec(
        "dealStages",
        stage,
        Spread("dealGroups", (4, 4, 4)),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        filters={"title": contains("title"), "d_groupid": equals("group")},
        orders={"title": "title"},
        parent_key="group",
    ),
    Spec("dealGroupUsers", pipeline_user, Spread("dealGroups", (2, 1, 1)), parent_key="dealGroup"),
    Spec(
        "dealGroupGroups",
        pipeline_group,
        Spread("dealGroups", (1, 1, 1)),
        path=None,
        parent_key="dealGroup",
    ),
    Spec(
        "dealActivities",
        deal_activity,
        Spread("deals", (2, 1, 3)),
        created=(("cdate", "offset"), ("sortdate", "offset")),
        filters={"data_type": equals("dataType"), "data_id": equals("dataId")},
        params={"deal": equals("deal")},
        appends=True,
        seeded={"cdate": 0},
        parent_key="deal",
    ),
    Spec(
        "contactDeals",
        secondary_contact,
        Spread("deals", (1, 0, 2)),
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        parent_key="deal",
    ),
    Spec(
        "dealRoles",
        role,
        Fixed(3),
        created=(("created_timestamp", "offset"),),
        updated=(("updated_timestamp", "offset"),),
        params={"search": contains("title")},
    ),
)
