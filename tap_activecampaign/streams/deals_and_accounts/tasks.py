"""Tasks about contacts and deals, their types, outcomes and reminders.

Source: https://developers.activecampaign.com/reference/list-all-tasks
"""

from __future__ import annotations

from typing import ClassVar

from tap_activecampaign.records.columns import (
    Column,
    array,
    flag,
    id_,
    integer,
    object_,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

CREATED_AND_UPDATED: tuple[Column, ...] = (
    timestamp("created_utc_timestamp", "When the row was created."),
    timestamp("updated_utc_timestamp", "When the row was last changed."),
    ref("created_by", "users", "User who created the row; 0 for the system."),
    ref("updated_by", "users", "User who last changed the row; 0 for the system."),
)


class Tasks(ActiveCampaignStream):
    """Tasks of contacts and deals."""

    name = "tasks"
    path = "dealTasks"
    permission = "Deals"
    replication_key = "udate"
    created_key = "cdate"
    order_column = "udate"
    columns = (
        id_("Identifier of the task."),
        text("title", "Title of the task."),
        text("note", "What is to be done."),
        integer("status", "0 open, 1 done."),
        text("reltype", "What the task is about: Deal or Subscriber (a contact)."),
        integer("relid", "Deal or contact that the task is about; see reltype."),
        object_(
            "owner",
            "What the task is about.",
            (
                text("type", "deal or contact."),
                integer("id", "Identifier of the deal or contact."),
            ),
        ),
        ref("deal_tasktype", "task_types", "Type of the task."),
        ref("user", "users", "User who made the task."),
        ref("assignee", "users", "User who is to do the task."),
        ref("automation", "automations", "Automation that made the task."),
        ref("done_automation", "automations", "Automation that runs when the task is done."),
        ref("outcome_id", "task_outcomes", "Outcome that was chosen when the task was done."),
        text("outcome_info", "What was written about the outcome."),
        integer("duration", "Planned duration; ActiveCampaign does not document its unit."),
        timestamp("duedate", "When the task is due."),
        timestamp("edate", "When the task ends."),
        timestamp("donedate", "When the task was done."),
        timestamp("cdate", "When the task was created."),
        timestamp("udate", "When the task was last changed."),
    )


class TaskTypes(ActiveCampaignStream):
    """Types of tasks, such as call or meeting."""

    name = "task_types"
    path = "dealTasktypes"
    permission = "Deals"
    # Null on the types that every account begins with.
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the type."),
        text("title", "Name of the type."),
        integer("status", "0 active, 1 disabled."),
        integer("defduration", "Default duration; ActiveCampaign does not document its unit."),
        integer("display_order", "Position among the types."),
        array("outcomes", "integer", "Outcomes that the type offers.", "task_outcomes"),
        timestamp("cdate", "When the type was created; empty for a type of every account."),
        timestamp("udate", "When the type was last changed; empty if never."),
        *CREATED_AND_UPDATED,
    )


class TaskOutcomes(ActiveCampaignStream):
    """Outcomes that can be chosen when a task is done."""

    name = "task_outcomes"
    path = "taskOutcomes"
    permission = "Deals"
    replication_key = "updated_utc_timestamp"
    created_key = "created_utc_timestamp"
    columns = (
        id_("Identifier of the outcome."),
        text("title", "Name of the outcome."),
        text("sentiment", "POSITIVE, NEUTRAL or NEGATIVE."),
        flag("disabled", "Whether the outcome is no longer offered."),
        array("deal_tasktype_ids", "integer", "Types that offer the outcome.", "task_types"),
        *CREATED_AND_UPDATED,
    )


class TaskTypeOutcomes(ActiveCampaignStream):
    """Outcomes that task types offer: one row for each type and outcome."""

    name = "task_type_outcomes"
    path = "tasktypeOutcomeRels"
    permission = "Deals"
    replication_key = "updated_utc_timestamp"
    created_key = "created_utc_timestamp"
    columns = (
        id_("Identifier of the pair of type and outcome."),
        ref("tasktype_id", "task_types", "Type."),
        ref("outcome_id", "task_outcomes", "Outcome."),
        ref("tasktype", "task_types", "Type."),
        ref("outcome", "task_outcomes", "Outcome."),
        integer("display_order", "Position of the outcome within the type."),
        *CREATED_AND_UPDATED,
    )
    # Sent beside created_by, with which it would share a column.
    ignored = ("createdBy",)


class TaskNotifications(ChildStream):
    """Reminders of tasks. Costs one request for each task, so it is not selected by default."""

    name = "task_notifications"
    parent = "tasks"
    parent_key = "deal_task"
    path = "dealTasks/{parent_id}/taskNotifications"
    permission = "Deals"
    envelope: ClassVar[str] = "taskNotifications"
    # Nothing says that a new reminder counts as a change of its task.
    only_changed_parents = False
    columns = (
        id_("Identifier of the reminder."),
        ref("deal_task", "tasks", "Task that the reminder is for."),
        integer("interval", "How long before the task is due the reminder is sent, in minutes."),
        ref("user", "users", "User who is reminded."),
        timestamp("cdate", "When the reminder was made."),
    )
