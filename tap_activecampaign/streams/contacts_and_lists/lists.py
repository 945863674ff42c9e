"""Lists, who is on them, who must not be, and who may manage them.

Source: https://developers.activecampaign.com/reference/retrieve-all-lists
"""

from __future__ import annotations

from types import MappingProxyType

from tap_activecampaign.records.columns import (
    array,
    created_and_updated,
    flag,
    id_,
    integer,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Lists(ActiveCampaignStream):
    """Lists that contacts subscribe to, those for text messages included."""

    name = "lists"
    path = "lists"
    permission = "Lists"
    counters_move_unstamped = True
    # Without this ActiveCampaign lists those for e-mail only.
    query = MappingProxyType({"filters[channel]": "all"})
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the list."),
        text("stringid", "Short name of the list in URLs."),
        text("name", "Name of the list."),
        text("channel", "What is sent to the list: email or sms."),
        text("description", "Description of the list."),
        ref("userid", "users", "User who owns the list."),
        ref("user", "users", "User who owns the list."),
        timestamp("cdate", "When the list was created."),
        timestamp("udate", "When the list was last changed; often empty."),
        *created_and_updated(),
        integer("active_subscribers", "Number of active contacts on the list."),
        integer("non_deleted_subscribers", "Number of contacts on the list that are not deleted."),
        flag("private", "Whether the list is hidden from subscribers."),
        flag("p_use_tracking", "Whether opens and clicks are tracked."),
        flag("p_use_analytics_read", "Whether opens are sent to web analytics."),
        flag("p_use_analytics_link", "Whether clicks are sent to web analytics."),
        flag("p_use_twitter", "Whether campaigns are posted to Twitter."),
        flag("p_use_facebook", "Whether campaigns are posted to Facebook."),
        flag("p_embed_image", "Whether images are embedded in messages."),
        flag("p_use_captcha", "Whether sign-up asks for a captcha."),
        flag("send_last_broadcast", "Whether new contacts get the last campaign."),
        flag("require_name", "Whether sign-up requires a name."),
        flag("get_unsubscribe_reason", "Whether contacts who leave are asked why."),
        integer("optinoptout", "Confirmation settings of the list."),
        integer("optinmessageid", "Message that confirms a subscription."),
        integer("optoutconf", "Message that confirms leaving."),
        text("to_name", "Name used for contacts without one."),
        text("analytics_domains", "Domains whose links are sent to web analytics."),
        text("analytics_source", "Source name for web analytics."),
        text("analytics_ua", "Property of web analytics."),
        text("facebook_session", "Facebook session of the list."),
        text("carboncopy", "Addresses that get a copy of each campaign."),
        text("subscription_notify", "Addresses told of new contacts."),
        text("unsubscription_notify", "Addresses told of contacts who leave."),
        text("sender_name", "Sender's name or company."),
        text("sender_addr1", "Sender's address."),
        text("sender_addr2", "Sender's address, second line."),
        text("sender_city", "Sender's city."),
        text("sender_state", "Sender's state."),
        text("sender_zip", "Sender's postal code."),
        text("sender_country", "Sender's country."),
        text("sender_phone", "Sender's phone number."),
        text("sender_url", "Sender's web site."),
        text("sender_reminder", "Reminder of why the contact is on the list."),
        text("fulladdress", "Sender's address in one text."),
        timestamp("deletestamp", "When the list was deleted."),
    )
    # Secrets of the account's social media profile stay where they are.
    ignored = ("twitter_token", "twitter_token_secret")


class ContactLists(ActiveCampaignStream):
    """Memberships: one row for each contact and list, whether subscribed or not."""

    name = "contact_lists"
    path = "contactLists"
    permission = "Lists"
    comes_with_contacts = "contactLists"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the membership."),
        ref("contact", "contacts", "Contact."),
        ref("list", "lists", "List."),
        integer("status", "0 unconfirmed, 1 active, 2 unsubscribed, 3 bounced."),
        timestamp("sdate", "When the contact subscribed."),
        timestamp("udate", "When the contact unsubscribed."),
        *created_and_updated(),
        ref("form", "forms", "Form through which the contact subscribed."),
        ref("seriesid", "automations", "Automation that subscribed the contact; 0 for none."),
        ref("automation", "automations", "Automation that subscribed the contact."),
        ref("unsubscribe_automation", "automations", "Automation that unsubscribed the contact."),
        ref("campaign", "campaigns", "Campaign after which the contact unsubscribed."),
        ref("message", "messages", "Message after which the contact unsubscribed."),
        flag("responder", "Whether the contact gets automatic responses."),
        integer("sync", "Internal state of synchronization."),
        text("unsubreason", "Why the contact left."),
        text("first_name", "First name given to this list."),
        text("last_name", "Last name given to this list."),
        integer("ip4_sub", "IPv4 address at subscription as a whole number; 0 for unknown."),
        integer("ip4_last", "Last IPv4 address as a whole number; 0 for unknown."),
        integer("ip4_unsub", "IPv4 address at leaving as a whole number; 0 for unknown."),
        integer(
            "sourceid",
            "How the contact was added: 0 unknown, 1 import, 2 synchronization, 3 user of the "
            "account, 4 API, 5 form, 6 confirmed form, 7 trigger, 8 text message, 9 automation, "
            "10 bulk edit, 11 e-mail, 12 Gmail.",
        ),
        integer("autosync_log", "Log entry of the synchronization that added the contact."),
        text("channel", "Channel of the membership: email or sms."),
    )


class ListExclusions(ActiveCampaignStream):
    """Addresses and patterns that never get messages, from all lists or from some."""

    name = "list_exclusions"
    path = "lists/exclusions"
    permission = "Lists"
    envelope = "exclusions"
    columns = (
        id_("Identifier of the exclusion."),
        text("match_phrase", "Address, phone number or part of one that is excluded."),
        text("match_type", "How the phrase is compared, for example exact or end."),
        text("channel", "What is held back: all, allEmail, allSms, email, sms or several."),
        flag("hidden", "Whether the exclusion is hidden from users."),
        array("lists", "integer", "Lists the exclusion is for; empty for all lists.", "lists"),
    )


class ListGroups(ActiveCampaignStream):
    """What user groups may do on each list: one row for each list and group."""

    name = "list_groups"
    path = "listGroups"
    permission = "Lists"
    columns = (
        id_("Identifier of the pair of list and group."),
        ref("list", "lists", "List."),
        ref("group", "groups", "User group."),
        flag("p_list_add", "Whether the group may add lists."),
        flag("p_list_edit", "Whether the group may edit the list."),
        flag("p_list_delete", "Whether the group may delete the list."),
        flag("p_list_filter", "Whether the group may manage segments of the list."),
        flag("p_list_sync", "Whether the group may synchronize the list."),
        flag("p_message_add", "Whether the group may add messages."),
        flag("p_message_edit", "Whether the group may edit messages."),
        flag("p_message_delete", "Whether the group may delete messages."),
        flag("p_message_send", "Whether the group may send messages."),
        flag("p_subscriber_add", "Whether the group may add contacts."),
        flag("p_subscriber_edit", "Whether the group may edit contacts."),
        flag("p_subscriber_delete", "Whether the group may delete contacts."),
        flag("p_subscriber_import", "Whether the group may import contacts."),
        flag("p_subscriber_approve", "Whether the group may approve contacts."),
    )
