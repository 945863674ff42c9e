"""Tasks, their types, outcomes and reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import Child, Spec, contains, equals, since, until

if TYPE_CHECKING:
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row, Test


def task(draft: Draft) -> Row:
    """Make a task of a deal or a contact; `status` comes as number and as text."""
    of_deal = draft.die(1, 3) > 0
    rel = draft.one_of("deals" if of_deal else "contacts", 2)
    done = draft.die(3, 3) == 0
    due = draft.later(4)
    return {
        "id": draft.id,
        "duedate": draft.offset(due),
        "edate": draft.offset(due + 900),
        "status": draft.pick(5, (int(done), str(int(done)))),
        "title": draft.pick(6, (None, "", "Ligar para o aluno")),
        "note": "Retornar contato",
        "duration": "0",
        "donedate": draft.offset(draft.updated) if done else None,
        "relid": rel,
        "reltype": "Deal" if of_deal else "Subscriber",
        "dealTasktype": draft.one_of("dealTasktypes", 7),
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "automation": None,
        "doneAutomation": None,
        "user": "1",
        "assignee": draft.one_of("users", 8) if draft.die(9, 3) else None,
        "owner": {"type": "deal" if of_deal else "contact", "id": rel},
        "outcomeId": int(draft.one_of("taskOutcomes", 10)) if done else None,
        "outcomeInfo": "Vai comprar" if done else None,
        "links": draft.links(
            "activities", "automation", "dealTasktype", "doneAutomation", "notes", "owner",
            "taskNotifications", "user", "assignee",
        ),
    }  # fmt: skip


def task_type(draft: Draft) -> Row:
    """Make a task type; seeded ones have no stamps but the naive pair."""
    seeded = draft.index < 2
    return {
        "title": ("Ligação", "E-mail", "Reunião", "Almoço")[draft.index % 4],
        "status": "0",
        "defduration": ("0", "15")[draft.index % 2],
        "display_order": str(draft.index + 1),
        "cdate": None if seeded else draft.offset(draft.created),
        "udate": None if seeded else draft.offset(draft.updated),
        "created_by": None,
        "updated_by": None,
        "created_utc_timestamp": draft.naive(draft.created),
        "updated_utc_timestamp": draft.naive(draft.updated),
        "outcomes": ["1"] if draft.index % 2 else [],
        "links": [],
        "id": draft.id,
    }


def outcome(draft: Draft) -> Row:
    """Make an outcome; here `_utc_timestamp` carries an offset."""
    return {
        "title": ("Interessado", "Sem interesse", "Ligar depois")[draft.index % 3],
        "sentiment": ("POSITIVE", "NEGATIVE", "NEUTRAL")[draft.index % 3],
        "disabled": "0",
        "created_by": "1",
        "updated_by": "1",
        "created_utc_timestamp": draft.offset(draft.created),
        "updated_utc_timestamp": draft.offset(draft.updated),
        "dealTasktype_ids": [] if draft.index % 2 else ["1", "2"],
        "links": draft.links("tasktypeOutcomeRels", "dealTasks"),
        "id": draft.id,
    }


def type_outcome(draft: Draft) -> Row:
    """Make a type's outcome: one stamp with an offset, the other without."""
    outcome_id = draft.account.id_at("taskOutcomes", draft.index)
    return {
        "tasktype_id": draft.owner,
        "outcome_id": outcome_id,
        "display_order": str(draft.index),
        "created_by": "0",
        "created_utc_timestamp": draft.offset(draft.created),
        "updated_by": None,
        "updated_utc_timestamp": draft.naive(draft.updated),
        "links": draft.links("tasktype", "outcome", "createdBy"),
        "id": draft.id,
        "tasktype": draft.owner,
        "outcome": outcome_id,
        "createdBy": "1",
    }


def reminder(draft: Draft) -> Row:
    """Make a reminder; the shape is inferred, no source gives it whole."""
    return {
        "dealTask": draft.owner,
        "interval": draft.pick(1, ("15", "30", "60")),
        "user": draft.one_of("users", 2),
        "cdate": draft.offset(draft.created),
        "links": draft.links("dealTask", "user"),
        "id": draft.id,
    }


_SENTIMENTS = {"1": "NEGATIVE", "2": "NEUTRAL", "3": "POSITIVE"}


def _sentiment(value: str, _op: str, stamps: Stamps) -> Test:
    del stamps
    wanted = _SENTIMENTS.get(value)
    return lambda row: row["sentiment"] == wanted


def _due_between(value: str, _op: str, stamps: Stamps) -> Test:
    """Take `YYYY-MM-DD+YYYY-MM-DD`; the plus sign of a query string is a blank."""
    first, _, last = value.replace(" ", "+").partition("+")
    low, high = stamps.read(first), stamps.read(last)
    if low is None or high is None:
        return lambda _row: True
    return lambda row: low <= (stamps.read(row["duedate"]) or 0) < high + 86_400


SPECS = (
    Spec(
        "dealTasks",
        task,
        Share(0.1),
        list_status=201,  # as documented
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        filters={
            "title": contains("title"),
            "reltype": equals("reltype"),
            "relid": equals("relid"),
            "status": equals("status"),
            "note": contains("note"),
            "duedate": equals("duedate"),
            "d_tasktypeid": equals("dealTasktype"),
            "userid": equals("user"),
            "due_after": since("duedate"),
            "due_before": until("duedate"),
            "assignee_userid": equals("assignee"),
            "outcome_id": equals("outcomeId"),
            "duedate_range": _due_between,
        },
        children={
            "taskNotifications": Child("taskNotifications", "dealTask", "string"),
            "notes": Child("notes", "owner:dealTask", "string"),
        },
    ),
    Spec(
        "dealTasktypes",
        task_type,
        Fixed(4),
        created=(("cdate", "offset"), ("created_utc_timestamp", "naive")),
        updated=(("udate", "offset"), ("updated_utc_timestamp", "naive")),
    ),
    Spec(
        "taskOutcomes",
        outcome,
        Fixed(3),
        created=(("created_utc_timestamp", "offset"),),
        updated=(("updated_utc_timestamp", "offset"),),
        filters={"sentiment": _sentiment},
    ),
    Spec(
        "tasktypeOutcomeRels",
        type_outcome,
        Spread("dealTasktypes", (2, 1)),
        created=(("created_utc_timestamp", "offset"),),
        updated=(("updated_utc_timestamp", "naive"),),
        parent_key="tasktype",
    ),
    Spec(
        "taskNotifications",
        reminder,
        Spread("dealTasks", (1, 0, 2)),
        path=None,
        created=(("cdate", "offset"),),
        parent_key="dealTask",
    ),
)
