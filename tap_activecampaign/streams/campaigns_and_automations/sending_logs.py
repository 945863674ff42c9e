"""What happened to each e-mail that was sent, contact by contact.

The collections are served and not documented; the overview of what is:
https://developers.activecampaign.com/reference
"""

from __future__ import annotations

from tap_activecampaign.records.columns import Column, flag, id_, integer, ref, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream

MAILING: tuple[Column, ...] = (
    ref("campaignid", "campaigns", "Campaign of the e-mail."),
    ref("messageid", "messages", "Message of the e-mail."),
    ref("subscriberid", "contacts", "Contact who got the e-mail."),
    integer("sendid", "Identifier of the sending."),
)
READING: tuple[Column, ...] = (
    id_("Identifier of the event."),
    ref("link", "campaign_links", "Link that was followed, or the tracker of opens."),
    ref("linkid", "campaign_links", "Link that was followed, or the tracker of opens."),
    *MAILING,
    integer("isread", "0 for a click, 1 for an open, 2 for a fetch by Apple Mail (observed)."),
    integer("times", "How often it happened."),
    text("ip", "Address of the computer that read."),
    text("ua", "Browser or mail program that read."),
    text("uasrc", "Description that the browser or mail program gave of itself."),
    text("referer", "Page from which the link was followed."),
    timestamp("tstamp", "When it last happened."),
)


class LinkData(ActiveCampaignStream):
    """Opens and clicks: one row for each contact and link."""

    name = "link_data"
    path = "linkData"
    permission = "Reports"
    replication_key = "tstamp"
    columns = READING


class MppLinkData(ActiveCampaignStream):
    """E-mails fetched by Apple Mail Privacy Protection, which do not prove that somebody read."""

    name = "mpp_link_data"
    path = "mppLinkData"
    permission = "Reports"
    replication_key = "tstamp"
    columns = READING


class Logs(ActiveCampaignStream):
    """E-mails sent: one row for each contact and sending."""

    name = "logs"
    path = "logs"
    permission = "Reports"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the sent e-mail."),
        *MAILING,
        flag("successful", "Whether the e-mail was handed over."),
        timestamp("tstamp", "When the e-mail was sent."),
    )
