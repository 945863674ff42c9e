"""Groups of users: what they may do, and how much.

Source: https://developers.activecampaign.com/reference/list-all-groups
"""

from __future__ import annotations

from tap_activecampaign.records.columns import Column, flag, id_, integer, ref, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream

_MAY = {
    "pg_list_add": "add lists",
    "pg_list_edit": "edit lists",
    "pg_list_delete": "delete lists",
    "pg_list_headers": "manage e-mail headers of lists",
    "pg_list_emailaccount": "manage leaving lists by e-mail",
    "pg_list_bounce": "manage how lists treat bounces",
    "pg_message_add": "add messages",
    "pg_message_edit": "edit messages",
    "pg_message_delete": "delete messages",
    "pg_message_send": "send messages",
    "pg_contact_add": "add contacts",
    "pg_contact_edit": "edit contacts",
    "pg_contact_delete": "delete contacts",
    "pg_contact_merge": "merge contacts",
    "pg_contact_import": "import contacts",
    "pg_contact_approve": "approve contacts",
    "pg_contact_export": "export contacts",
    "pg_contact_sync": "synchronize contacts",
    "pg_contact_filters": "manage segments",
    "pg_contact_actions": "manage actions on contacts",
    "pg_contact_fields": "manage custom fields of contacts",
    "pg_user_add": "add users",
    "pg_user_edit": "edit users",
    "pg_user_delete": "delete users",
    "pg_group_add": "add groups",
    "pg_group_edit": "edit groups",
    "pg_group_delete": "delete groups",
    "pg_template_add": "add templates",
    "pg_template_edit": "edit templates",
    "pg_template_delete": "delete templates",
    "pg_personalization_add": "add personalization tags",
    "pg_personalization_edit": "edit personalization tags",
    "pg_personalization_delete": "delete personalization tags",
    "pg_automation_manage": "manage automations",
    "pg_form_edit": "edit forms",
    "pg_reports_campaign": "see reports on campaigns",
    "pg_reports_list": "see reports on lists",
    "pg_reports_user": "see reports on users",
    "pg_reports_trend": "see reports on trends",
    "pg_deal": "see deals",
    "pg_deal_delete": "delete deals",
    "pg_deal_reassign": "give deals to other users",
    "pg_deal_group_add": "add pipelines",
    "pg_deal_group_edit": "edit pipelines",
    "pg_deal_group_delete": "delete pipelines",
    "pg_saved_responses_manage": "manage saved responses",
    "pg_tag_manage": "manage tags",
}

PERMISSIONS: tuple[Column, ...] = tuple(
    flag(name, f"Whether users of the group may {deed}.") for name, deed in _MAY.items()
)


class Groups(ActiveCampaignStream):
    """Groups of users with their permissions."""

    name = "groups"
    path = "groups"
    columns = (
        id_("Identifier of the group."),
        text("title", "Name of the group."),
        text("descript", "Description of the group."),
        flag("p_admin", "Whether users of the group are administrators."),
        *PERMISSIONS,
        integer("pg_startup_reports", "Campaign whose report was last seen, for a link at start."),
        flag("pg_startup_gettingstarted", "Whether the start page shows the introduction."),
        flag("unsubscribelink", "Whether messages must have a link to leave."),
        flag("optinconfirm", "Whether subscriptions must be confirmed."),
        flag("req_approval", "Whether all campaigns of the group must be approved."),
        integer(
            "req_approval1st",
            "Whether the first campaign must be approved: 0 no, 1 yes; 2 is not documented.",
        ),
        text("req_approval_notify", "E-mail address that is told of campaigns to approve."),
        flag("socialdata", "Whether campaigns of the group show links to social media."),
        timestamp("sdate", "When the group was created."),
    )


class GroupLimits(ActiveCampaignStream):
    """Limits of groups: one row for each group."""

    name = "group_limits"
    path = "groupLimits"
    columns = (
        id_("Identifier of the row of limits."),
        ref("groupid", "groups", "Group."),
        ref("group", "groups", "Group."),
        integer("limit_mail", "E-mails that may be sent per limit_mail_type; 0 for no limit."),
        text("limit_mail_type", "Period of limit_mail, for example month."),
        integer("limit_contact", "Contacts the group may have; 0 for no limit."),
        integer("limit_list", "Lists the group may have; 0 for no limit."),
        integer("limit_campaign", "Campaigns per limit_campaign_type; 0 for no limit."),
        text("limit_campaign_type", "Period of limit_campaign, for example month."),
        integer("limit_attachment", "Attachments a message may have; -1 for no limit."),
        integer("limit_user", "Users the group may have; 0 for no limit."),
        integer("abuse_ratio", "Share of complaints at which the group may no longer send."),
        flag("force_sender_info", "Whether messages must tell the sender's address."),
    )
