"""Deals, their pipelines and stages.

Source: https://developers.activecampaign.com/reference/list-all-deals
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_activecampaign.api.wire import updated_after
from tap_activecampaign.records.columns import (
    array,
    cents,
    created_and_updated,
    flag,
    id_,
    integer,
    number,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import CustomFieldOwner
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime


class Deals(CustomFieldOwner):
    """Sales opportunities. A deal of a pipeline hidden from the token's user has a title only."""

    name = "deals"
    path = "deals"
    permission = "Deals"
    singular = "deal"
    fields_stream = "deal_custom_fields"
    values_stream = "deal_custom_field_values"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the deal."),
        text("hash", "Hash that identifies the deal in links."),
        text("title", "Title of the deal."),
        text("description", "Description of the deal."),
        ref("owner", "users", "User who looks after the deal."),
        ref("contact", "contacts", "Main contact of the deal."),
        ref("organization", "accounts", "Former identifier of the deal's account."),
        ref("account", "accounts", "Account of the deal."),
        ref("customer_account", "accounts", "Account of the deal."),
        ref("group", "deal_groups", "Pipeline of the deal."),
        ref("stage", "deal_stages", "Stage of the deal."),
        cents("value", "Value of the deal."),
        text("currency", "Currency of the value, as three lower-case letters."),
        number("percent", "Progress in percent."),
        integer("status", "0 open, 1 won, 2 lost."),
        number("win_probability", "Probability that the deal is won, in percent."),
        timestamp("win_probability_mdate", "When the probability was last computed."),
        timestamp("cdate", "When the deal was created."),
        timestamp("mdate", "When the deal was last changed."),
        timestamp("nextdate", "When the next task is due."),
        ref("nexttaskid", "tasks", "Next task of the deal; 0 for none."),
        ref("next_task", "tasks", "Next task of the deal."),
        ref("nextdealid", "deals", "Next deal in the stage."),
        integer("activitycount", "Number of activities."),
        timestamp("edate", "Date that ActiveCampaign sets and does not document."),
        flag("is_disabled", "Whether the deal's pipeline is hidden from the token's user."),
        array("deal_custom_field_data", "integer", "Custom values.", "deal_custom_field_values"),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        return {**super().params(since), **updated_after(since)}


class DealGroups(ActiveCampaignStream):
    """Pipelines that deals move through."""

    name = "deal_groups"
    path = "dealGroups"
    permission = "Deals"
    replication_key = "udate"
    created_key = "cdate"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the pipeline."),
        text("title", "Name of the pipeline."),
        text("currency", "Currency of the pipeline, as three lower-case letters."),
        flag("allgroups", "Whether every group may use the pipeline."),
        flag("allusers", "Whether every user may use the pipeline."),
        integer("autoassign", "How new deals are assigned: 0 not, 1 in turn, 2 by value."),
        array("stages", "integer", "Stages of the pipeline.", "deal_stages"),
        timestamp("win_probability_initialize_date", "When win probabilities were first computed."),
        text("source", "Where the pipeline came from."),
        integer("count", "Number of deals in the pipeline."),
        timestamp("cdate", "When the pipeline was created."),
        timestamp("udate", "When the pipeline was last changed."),
    )


class DealStages(ActiveCampaignStream):
    """Stages of pipelines."""

    name = "deal_stages"
    path = "dealStages"
    permission = "Deals"
    # Null on stages made together with their pipeline.
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the stage."),
        ref("group", "deal_groups", "Pipeline of the stage."),
        text("title", "Name of the stage."),
        text("color", "Colour of the stage in hexadecimal."),
        integer("order", "Position in the pipeline."),
        integer("width", "Width of the stage on the board, in pixels."),
        text("deal_order", "How deals are ordered in the stage."),
        *(text(f"card_region{n}", f"What region {n} of a deal's card shows.") for n in range(1, 6)),
        timestamp("cdate", "When the stage was created."),
        timestamp("udate", "When the stage was last changed; empty if never."),
    )


class DealGroupUsers(ActiveCampaignStream):
    """Users of pipelines: one row for each pipeline and user."""

    name = "deal_group_users"
    path = "dealGroupUsers"
    permission = "Deals"
    columns = (
        id_("Identifier of the pair of pipeline and user."),
        ref("deal_group", "deal_groups", "Pipeline."),
        ref("user", "users", "User who is assigned deals of the pipeline."),
        timestamp("cdate", "When the user was added."),
    )


class DealRoles(ActiveCampaignStream):
    """Roles that further contacts can have in a deal, such as decision maker."""

    name = "deal_roles"
    path = "dealRoles"
    permission = "Deals"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the role."),
        text("title", "Name of the role."),
        *created_and_updated(by=False),
    )


class DealActivities(ActiveCampaignStream):
    """History of deals: one row for each thing that happened to a deal."""

    name = "deal_activities"
    path = "dealActivities"
    permission = "Deals"
    replication_key = "cdate"
    columns = (
        id_("Identifier of the activity."),
        ref("d_id", "deals", "Deal."),
        ref("deal", "deals", "Deal."),
        ref("d_stageid", "deal_stages", "Stage of the deal; 0 for none."),
        ref("stage", "deal_stages", "Stage of the deal."),
        ref("userid", "users", "User who acted; 0 for the system."),
        ref("user", "users", "User who acted."),
        ref("seriesid", "automations", "Automation that acted; 0 for none."),
        ref("automation", "automations", "Automation that acted."),
        text(
            "data_type",
            "What it is about, for example contact, note, task, status, userid or stage; empty "
            "for the deal itself.",
        ),
        integer("data_id", "Identifier of what it is about; 0 for none."),
        text("data_action", "What happened, for example add, or the new value."),
        text("data_oldval", "The value before."),
        flag("is_addtask", "Whether a task was added."),
        flag("deleted", "Whether the activity is deleted."),
        timestamp("cdate", "When it happened."),
        timestamp("sortdate", "Moment by which activities are ordered."),
    )
