"""Automations, their blocks and goals, and the messages they show on web sites.

Source: https://developers.activecampaign.com/reference/list-all-automations
"""

from __future__ import annotations

from tap_activecampaign.records.columns import flag, id_, integer, object_, ref, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Automations(ActiveCampaignStream):
    """Automations of the account."""

    name = "automations"
    path = "automations"
    permission = "Automations"
    replication_key = "mdate"
    created_key = "cdate"
    order_column = "mdate"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the automation."),
        text("name", "Name of the automation."),
        text("description", "Description of the automation."),
        integer("status", "1 active, 2 inactive."),
        integer("entered", "Number of contacts who entered."),
        integer("exited", "Number of contacts who left."),
        flag("hidden", "Whether the automation is hidden."),
        flag("entitlements_violation", "Whether the automation uses what the plan lacks."),
        flag("multientry", "Whether contacts may enter more than once."),
        flag("exit_on_unsubscribe", "Whether contacts leave when they unsubscribe."),
        flag("exit_on_conversion", "Whether contacts leave when they convert."),
        integer("source", "Where the automation came from."),
        ref("userid", "users", "User who owns the automation."),
        text("defaultscreenshot", "Address of the default picture."),
        text("screenshot", "Address of the picture."),
        timestamp("cdate", "When the automation was created."),
        timestamp("mdate", "When the automation was last changed."),
    )


class AutomationBlocks(ActiveCampaignStream):
    """Steps of automations, such as a wait, an e-mail or a tag."""

    name = "automation_blocks"
    path = "automationBlocks"
    permission = "Automations"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the step."),
        ref("automation", "automations", "Automation of the step."),
        ref("seriesid", "automations", "Automation of the step."),
        ref("parent", "automation_blocks", "Step before this one; 0 for the first."),
        ref("parentid", "automation_blocks", "Step before this one; 0 for the first."),
        integer("ordernum", "Position among the steps that follow the same one."),
        text("type", "Kind of the step, for example start, send, wait, addtag or goal."),
        object_("params", "Settings of the step, which differ from kind to kind."),
        flag("deleted", "Whether the step is deleted."),
        timestamp("cdate", "When the step was created."),
        timestamp("mdate", "When the step was last changed."),
    )


class Goals(ActiveCampaignStream):
    """Goals that automations lead contacts to."""

    name = "goals"
    path = "goals"
    permission = "Automations"
    columns = (
        id_("Identifier of the goal."),
        text("name", "Name of the goal."),
        ref("seriesid", "automations", "Automation of the goal."),
        ref("automation", "automations", "Automation of the goal."),
        ref("blockid", "automation_blocks", "Step that is the goal."),
        ref("automation_block", "automation_blocks", "Step that is the goal."),
        flag("dirty_stats", "Whether the goal's figures are still to be computed again."),
        timestamp("cdate", "When the goal was created."),
    )


class SiteMessages(ActiveCampaignStream):
    """Messages that automations show to visitors of the account's web sites."""

    name = "site_messages"
    path = "siteMessages"
    permission = "Web Personalization"
    replication_key = "ldate"
    columns = (
        id_("Identifier of the message."),
        text("name", "Name of the message."),
        ref("automation", "automations", "Automation that shows the message."),
        object_(
            "template",
            "Looks and texts of the message.",
            (
                object_("initial", "The message as it first appears."),
                object_("detailed", "The message once it is opened."),
            ),
        ),
        timestamp("ldate", "When the message was last shown; empty if never."),
    )
