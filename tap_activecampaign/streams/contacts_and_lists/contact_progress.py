"""How far contacts got in automations, and what they scored.

Source: https://developers.activecampaign.com/reference/list-all-contact-automations
"""

from __future__ import annotations

from types import MappingProxyType

from tap_activecampaign.records.columns import (
    flag,
    id_,
    integer,
    number,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class ContactAutomations(ActiveCampaignStream):
    """Contacts in automations: one row for each time a contact entered one."""

    name = "contact_automations"
    path = "contactAutomations"
    permission = "Automations"
    comes_with_contacts = "contactAutomations"
    replication_key = "lastdate"
    created_key = "adddate"
    columns = (
        id_("Identifier of the entry."),
        ref("contact", "contacts", "Contact who entered."),
        ref("automation", "automations", "Automation that was entered."),
        ref("seriesid", "automations", "Automation that was entered."),
        integer("startid", "Start trigger of the automation; 0 for none."),
        integer("status", "1 running, 2 ended, whether completed or removed."),
        text("batchid", "Batch that added the contact."),
        timestamp("adddate", "When the contact entered."),
        timestamp("remdate", "When the contact left; empty while in the automation."),
        integer("timespan", "Time spent in the automation, in seconds."),
        ref("lastblock", "automation_blocks", "Last step the contact reached."),
        integer("lastlogid", "Last log entry of the entry; 0 for none."),
        timestamp("lastdate", "When the contact last moved on."),
        integer("in_als", "Number that ActiveCampaign sets and does not document."),
        integer("completed_elements", "Number of steps done."),
        integer("total_elements", "Number of steps of the automation."),
        flag("completed", "Whether the contact is through."),
        integer("complete_value", "Progress in percent."),
    )


class ContactGoals(ActiveCampaignStream):
    """Goals of automations that contacts reached: one row for each goal and entry.

    Some rows name neither automation nor entry (0).
    """

    name = "contact_goals"
    path = "contactGoals"
    permission = "Automations"
    replication_key = "tstamp"
    order_column = "tstamp"
    # Without an order ActiveCampaign promises none, and pages would repeat and lose rows.
    query = MappingProxyType(
        {"orders[tstamp]": "ASC", "orders[contact]": "ASC", "orders[goal]": "ASC"}
    )
    columns = (
        id_("Identifier of the reached goal."),
        ref("goalid", "goals", "Goal that was reached."),
        ref("goal", "goals", "Goal that was reached."),
        ref("seriesid", "automations", "Automation of the goal."),
        ref("automation", "automations", "Automation of the goal."),
        ref("subscriberid", "contacts", "Contact who reached the goal."),
        ref("contact", "contacts", "Contact who reached the goal."),
        ref("subscriberseriesid", "contact_automations", "Entry of the contact."),
        ref("contact_automation", "contact_automations", "Entry of the contact."),
        integer("timespan", "Time from entering to the goal, in seconds."),
        timestamp("tstamp", "When the goal was reached."),
    )


class Scores(ActiveCampaignStream):
    """Scores that contacts or deals can collect points for."""

    name = "scores"
    path = "scores"
    permission = "Contacts"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the score."),
        text("reltype", "What is scored: contact or deal."),
        text("name", "Name of the score."),
        text("descript", "Description of the score."),
        integer("status", "Status of the score; 1 for one in use."),
        timestamp("cdate", "When the score was created."),
        timestamp("mdate", "When the score was last changed."),
    )


class ContactScoreValues(ActiveCampaignStream):
    """Points: one row for each score and the contact or deal that has it."""

    name = "contact_score_values"
    path = "scoreValues"
    permission = "Contacts"
    comes_with_contacts = "scoreValues"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the value."),
        ref("score", "scores", "Score."),
        ref("contact", "contacts", "Contact who has the points."),
        ref("deal", "deals", "Deal that has the points."),
        number("score_value", "Number of points."),
        timestamp("cdate", "When the first points were given."),
        timestamp("mdate", "When the points last changed."),
    )
