"""Campaigns, their results, and the messages, links and lists that belong to them.

Source: https://developers.activecampaign.com/reference/list-all-campaigns
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    Column,
    created_and_updated,
    flag,
    id_,
    integer,
    number,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream

RESULTS: tuple[Column, ...] = (
    integer("send_amt", "Number of messages sent."),
    integer("total_amt", "Number of messages to send."),
    integer("opens", "Number of opens."),
    integer("uniqueopens", "Number of contacts who opened."),
    integer("linkclicks", "Number of clicks."),
    integer("uniquelinkclicks", "Number of clicks, counted once for each contact and link."),
    integer("subscriberclicks", "Number of contacts who clicked."),
    integer("forwards", "Number of forwards."),
    integer("uniqueforwards", "Number of contacts who forwarded."),
    integer("hardbounces", "Number of hard bounces."),
    integer("softbounces", "Number of soft bounces."),
    integer("unsubscribes", "Number of contacts who left."),
    integer("unsubreasons", "Number of contacts who said why they left."),
    integer("updates", "Number of contacts who updated their data."),
    integer("socialshares", "Number of shares in social media."),
    integer("replies", "Number of replies."),
    integer("uniquereplies", "Number of contacts who replied."),
)

CAMPAIGN_AND_MESSAGE: tuple[Column, ...] = (
    ref("campaignid", "campaigns", "Campaign."),
    ref("campaign", "campaigns", "Campaign."),
    ref("messageid", "messages", "Message of the campaign; 0 for all."),
    ref("message", "messages", "Message of the campaign; empty for all."),
)


class Campaigns(ActiveCampaignStream):
    """Campaigns with their settings and results."""

    name = "campaigns"
    path = "campaigns"
    permission = "Campaigns"
    # Results change without mdate, which stays at the last edit.
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the campaign."),
        text("name", "Name of the campaign."),
        text(
            "type",
            "Kind of the campaign: single, recurring, split, responder, reminder, special, "
            "activerss or text.",
        ),
        integer(
            "status",
            "0 draft, 1 scheduled, 2 sending, 3 paused, 4 stopped, 5 completed, 6 disabled, "
            "7 pending review.",
        ),
        *RESULTS,
        integer("verified_opens", "Number of opens by people rather than mail programs."),
        integer("verified_unique_opens", "Number of contacts who opened themselves."),
        timestamp("cdate", "When the campaign was created."),
        timestamp("mdate", "When the campaign was last edited."),
        timestamp("sdate", "When the campaign was first sent."),
        timestamp("ldate", "When the campaign was last sent."),
        *created_and_updated(),
        timestamp("scheduleddate", "When the campaign is to be sent."),
        timestamp("deletestamp", "When the campaign was deleted."),
        ref("userid", "users", "User who made the campaign."),
        ref("user", "users", "User who made the campaign."),
        ref("segmentid", "segments", "Segment the campaign is sent to; 0 for none."),
        text("segmentname", "Name of the segment."),
        ref("seriesid", "automations", "Automation that sends the campaign; 0 for none."),
        ref("automation", "automations", "Automation that sends the campaign."),
        ref("message_id", "messages", "Message of the campaign."),
        ref("basemessageid", "messages", "Message the campaign is based on."),
        ref("campaign_message_id", "campaign_messages", "Pair of campaign and message."),
        ref("split_winner_messageid", "messages", "Message that won the split test."),
        ref("formid", "forms", "Form of the campaign; 0 for none."),
        ref("addressid", "addresses", "Sender's address of the campaign."),
        integer("bounceid", "Bounce mailbox; -1 for the account's own."),
        integer("realcid", "Campaign that this one stands for."),
        integer("sendid", "Identifier of the sending."),
        integer("threadid", "Identifier of the sending thread."),
        text("basetemplateid", "Template the campaign is based on."),
        text("source", "Where the campaign was made."),
        text("analytics_campaign_name", "Name of the campaign in web analytics."),
        flag("public", "Whether the campaign is in the public archive."),
        flag("mail_transfer", "Whether the mail was handed over."),
        flag("mail_send", "Whether the mail was sent."),
        flag("mail_cleanup", "Whether the sending was cleaned up."),
        flag("mailer_log_file", "Whether the sending is logged."),
        text("tracklinks", "Which links are tracked, for example all or mime."),
        flag("tracklinksanalytics", "Whether clicks are sent to web analytics."),
        flag("trackreads", "Whether opens are tracked."),
        flag("trackreadsanalytics", "Whether opens are sent to web analytics."),
        flag("tweet", "Whether the campaign is posted to Twitter."),
        flag("facebook", "Whether the campaign is posted to Facebook."),
        text("survey", "Survey of the campaign."),
        flag("embed_images", "Whether images are embedded."),
        flag("htmlunsub", "Whether the HTML part has a link to leave."),
        flag("textunsub", "Whether the text part has a link to leave."),
        text("htmlunsubdata", "Link to leave in the HTML part."),
        text("textunsubdata", "Link to leave in the text part."),
        text("recurring", "How often the campaign recurs."),
        flag("willrecur", "Whether the campaign will recur."),
        text("split_type", "What a split test compares."),
        flag("split_content", "Whether the split test compares contents."),
        integer("split_offset", "How long a split test runs, in units of split_offset_type."),
        text("split_offset_type", "Unit of split_offset."),
        flag("split_winner_awaiting", "Whether the winner of the split test is still open."),
        integer("responder_offset", "Delay of an automatic response, in hours."),
        text("responder_type", "What an automatic response follows."),
        flag("responder_existing", "Whether existing contacts get the automatic response."),
        text("reminder_field", "Field that holds the date of a reminder."),
        text("reminder_format", "Format of the reminder's date."),
        text("reminder_type", "Kind of the reminder."),
        integer("reminder_offset", "Delay of a reminder, in units of reminder_offset_type."),
        text("reminder_offset_type", "Unit of reminder_offset."),
        text("reminder_offset_sign", "Whether the reminder comes before or after the date."),
        timestamp("reminder_last_cron_run", "When reminders were last sent."),
        text("activerss_interval", "How often the feed is read."),
        text("activerss_url", "Address of the feed."),
        integer("activerss_items", "Number of items taken from the feed."),
        integer("ip4", "IPv4 address of the maker as a whole number."),
        integer("ip", "IPv4 address of the maker as a whole number."),
        text("laststep", "Last step of the editor."),
        flag("managetext", "Whether the text part is edited by hand."),
        flag("schedule", "Whether the campaign is scheduled."),
        flag("waitpreview", "Whether a preview is being made."),
        text("screenshot", "Address of the picture."),
        flag("replysys", "Whether replies are tracked."),
        text("series_send_lock_time", "Lock of an automation's sending."),
        integer("ed_version", "Version of the editor."),
        flag("can_skip_approval", "Whether the campaign may be sent without approval."),
        flag("use_quartz_scheduler", "Whether the newer scheduler sends the campaign."),
        flag("has_predictive_content", "Whether the content is chosen for each contact."),
    )


class CampaignLinks(ActiveCampaignStream):
    """Links in campaigns with their clicks; the link named open is the one that counts opens."""

    name = "campaign_links"
    path = "links"
    permission = "Campaigns"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the link."),
        *CAMPAIGN_AND_MESSAGE,
        text("link", "Address that the link leads to, or open for the tracker of opens."),
        text("name", "Name of the link."),
        text("ref", "Reference given to the link."),
        flag("tracked", "Whether clicks are counted."),
        integer("linkclicks", "Number of clicks."),
        integer("uniquelinkclicks", "Number of contacts who clicked."),
        *created_and_updated(),
    )


class CampaignLists(ActiveCampaignStream):
    """Lists that campaigns are sent to: one row for each campaign and list."""

    name = "campaign_lists"
    path = "campaignLists"
    permission = "Campaigns"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the pair of campaign and list."),
        ref("campaignid", "campaigns", "Campaign that is sent."),
        ref("campaign", "campaigns", "Campaign that is sent."),
        ref("listid", "lists", "List that the campaign is sent to."),
        ref("list", "lists", "List that the campaign is sent to."),
        text("name", "Name of the list."),
        integer("list_amt", "Number of contacts on the list that the campaign is sent to."),
        ref("userid", "users", "User who owns the list."),
        ref("user", "users", "User who owns the list."),
        timestamp("cdate", "When the list was added to the campaign."),
        timestamp("udate", "When the pair was last changed; empty if never."),
    )


class CampaignMessages(ActiveCampaignStream):
    """Messages of campaigns with their results: one row for each campaign and message."""

    name = "campaign_messages"
    path = "campaignMessages"
    permission = "Campaigns"
    columns = (
        id_("Identifier of the pair of campaign and message."),
        *CAMPAIGN_AND_MESSAGE,
        text("subject", "Subject line that was sent."),
        number("percentage", "Share of the contacts who get the message, in percent."),
        number(
            "initial_split_percentage",
            "Share of the contacts who got the message in a split test, in percent.",
        ),
        *RESULTS,
        integer("sourcesize", "Size of the message in bytes."),
        number("spamcheck_score", "Score of the spam check; the higher, the more like spam."),
        number("spamcheck_max", "Score at which the spam check calls a message spam."),
        text("screenshot", "Address of the picture."),
    )
