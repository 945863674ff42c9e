"""Lists and tags that contacts had when they reached a goal of an automation.

Source: https://developers.activecampaign.com/reference/list-all-contact-goal-tags
"""

from __future__ import annotations

from tap_activecampaign.records.columns import as_sent, id_, integer, ref
from tap_activecampaign.stream_types.base import ActiveCampaignStream

_GOAL = ref("contact_goal", "contact_goals", "Reached goal.")
_GOAL_ID = ref("contactgoalid", "contact_goals", "Reached goal.")


class ContactGoalLists(ActiveCampaignStream):
    """Lists of a contact when it reached a goal, which never change.

    Costs one request for each 100 rows, of which there may be very many.

    ActiveCampaign publishes the column of the list only; how the others are called is not proven.
    """

    name = "contact_goal_lists"
    path = "contactGoalLists"
    permission = "Automations"
    selected_by_default = False
    columns = (
        id_("Identifier of the row."),
        _GOAL,
        _GOAL_ID,
        ref("listid", "lists", "List, whatever the status on it."),
        ref("list", "lists", "List, whatever the status on it."),
        as_sent(),
    )


class ContactGoalTags(ActiveCampaignStream):
    """Tags of a contact when it reached a goal, which never change.

    Costs one request for each 100 rows, of which there may be very many.

    How ActiveCampaign calls the columns is not published, and so not proven.
    """

    name = "contact_goal_tags"
    path = "contactGoalTags"
    permission = "Automations"
    selected_by_default = False
    columns = (
        id_("Identifier of the row."),
        _GOAL,
        _GOAL_ID,
        integer("tagid", "Tag, which may be deleted since."),
        integer("tag", "Tag, which may be deleted since."),
        as_sent(),
    )
