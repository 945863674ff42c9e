"""WhatsApp: templates, flows that were run, and conversations. Needs the WhatsApp add-on.

Users, contacts and channels have numbers of their own here, apart from the rest of the account.

Source: https://developers.activecampaign.com/reference
"""

from __future__ import annotations

from typing import ClassVar

from tap_activecampaign.records.columns import (
    Column,
    flag,
    integer,
    json,
    object_,
    objects,
    text,
    timestamp,
    uuid,
    uuid_ref,
)
from tap_activecampaign.stream_types import PageNumberStream

NAME_AND_EMAIL: tuple[Column, ...] = (
    text("first_name", "First name."),
    text("last_name", "Last name."),
    text("email", "E-mail address."),
)
PICTURE: Column = text("profile_image", "Address of the user's picture.")
USER: tuple[Column, ...] = (
    integer("id", "Identifier of the user in WhatsApp."),
    *NAME_AND_EMAIL,
    PICTURE,
    integer("role", "Role of the user in WhatsApp."),
)
ASSIGNED_USER: tuple[Column, ...] = (
    integer("id", "Identifier of the user in WhatsApp."),
    *NAME_AND_EMAIL,
    PICTURE,
    integer("account", "Account of the user in WhatsApp."),
    timestamp("date_joined", "When the user joined."),
)
CHANNEL: tuple[Column, ...] = (
    integer("id", "Identifier of the channel."),
    text(
        "channel_type",
        "Kind of the channel: WHATSAPP, EMAIL, INSTAGRAM, FB_MESSENGER, TELEGRAM, SMS or VOICE.",
    ),
    text("name", "Name of the channel."),
    text("channel_id", "Identifier of the channel at its provider."),
    text("status", "State of the channel: NEW, ACTIVE or INACTIVE."),
    timestamp("created_on", "When the channel was created."),
    text(
        "channel_provider",
        "Provider of the channel: META_CLOUD_API, TECH_PROVIDER_CLOUD_API, D360_CLOUD_API or "
        "360DIALOG.",
    ),
    flag("is_sandbox", "Whether the channel is for trials only."),
)
CONTACT: tuple[Column, ...] = (
    text("id", "Identifier of the contact in WhatsApp."),
    *NAME_AND_EMAIL,
    text("phone", "Phone number as it was entered."),
    text("canonical_phone", "Phone number in international form."),
    text("source", "Where the contact came from."),
    text("external_url", "Address of the contact in another system."),
    json("meta", "Further data about the contact."),
    flag("is_deleted", "Whether the contact is deleted."),
    timestamp("created_on", "When the contact was created."),
    timestamp("last_updated_on", "When the contact was last changed."),
)
MESSAGE: tuple[Column, ...] = (
    text("id", "Identifier of the message."),
    text("contact", "Identifier of the contact in WhatsApp."),
    text("direction", "Whether the message came in or went out."),
    text("from_number", "Phone number of the sender."),
    text("to_number", "Phone number of the recipient."),
    text("body", "Text of the message."),
    json("content", "Content of messages other than text."),
    text("content_type", "Type of the attached file."),
    text("content_url", "Address of the attached file."),
    text(
        "msg_type",
        "Kind of the message: text, image, audio, voice, video, document, sticker, location, "
        "contacts, button, interactive, template, reaction, order, ephemeral, request_welcome, "
        "system, unsupported or unknown.",
    ),
    text(
        "status",
        "State of the message: new, retry, accepted, sending, sent, receiving, received, "
        "delivered, undelivered, failed, read or deleted.",
    ),
    text("source", "What sent the message: INBOUND, INBOX, AUTO_RESPONSE, API, BROADCAST or FLOW."),
    uuid_ref("whatsapp_template", "whatsapp_templates", "Template of the message."),
    object_("sent_by", "User who sent the message.", USER),
    flag("is_deleted", "Whether the message is deleted."),
    integer("failed_attempts", "Number of failed attempts to send."),
    text("provider_id", "Identifier of the message at the provider."),
    text("provider_error_code", "Code of the provider's error."),
    text("provider_error_message", "Text of the provider's error."),
    timestamp("timestamp", "When the message was written."),
    timestamp("queued_on", "When the message was queued."),
    timestamp("accepted_on", "When the provider accepted the message."),
    timestamp("sent_on", "When the message was sent."),
    timestamp("delivered_on", "When the message was delivered."),
    timestamp("read_on", "When the message was read."),
    timestamp("failed_on", "When the message failed."),
)


class WhatsAppStream(PageNumberStream):
    """A collection of the WhatsApp add-on."""

    envelope: ClassVar[str] = "results"


class WhatsAppTemplates(WhatsAppStream):
    """Templates of WhatsApp messages and whether they are approved."""

    name = "whatsapp_templates"
    path = "channel/whatsapp/channels/whatsapp/template"
    permission = "Campaigns"
    columns = (
        uuid("Identifier of the template."),
        text("name", "Name of the template."),
        text("language", "Language of the template, for example pt_BR."),
        text(
            "category",
            "Purpose of the template, for example MARKETING, UTILITY, TRANSACTIONAL, OTP or "
            "AUTHENTICATION.",
        ),
        text(
            "status",
            "State: draft, submitted, pending, approved, rejected, in_appeal, disabled, "
            "pending_deletion or deleted.",
        ),
        text("rejected_reason", "Why the template was rejected."),
        json("components", "Header, body, footer and buttons of the template."),
        flag("is_deleted", "Whether the template is deleted."),
        flag("show_in_sandbox", "Whether the template is shown on channels for trials."),
        object_("channel", "Channel of the template.", CHANNEL),
    )


class WhatsAppFlowExecutions(WhatsAppStream):
    """Runs of WhatsApp flows, each for a number of contacts."""

    name = "whatsapp_flow_executions"
    path = "channel/whatsapp/flow-execution"
    permission = "Campaigns"
    columns = (
        uuid("Identifier of the run."),
        text("flow_version", "Version of the flow that was run, as UUID."),
        text(
            "status",
            "State: PROCESSING, READY, AWAITING_CONFIRMATION, CONFIRMED, STARTING, RUNNING, "
            "COMPLETED or CANCELED.",
        ),
        text("status_reason", "Why the run is in this state."),
        integer("status_triggered_by", "User in WhatsApp who brought the run into this state."),
        timestamp("status_last_change_on", "When the run came into this state."),
        text("execute_for", "Whom the run is for: FILTERS, LIST or ALL."),
        flag("has_priority", "Whether the run goes before others."),
        json("flow_execution_variables", "Variables given to the run."),
        integer("num_contacts", "Number of contacts."),
        integer("running", "Number of contacts who are in the flow."),
        integer("completed", "Number of contacts who completed the flow."),
        integer("canceled", "Number of contacts for whom the flow was cancelled."),
        integer("expired", "Number of contacts for whom the flow expired."),
        integer("failed", "Number of contacts for whom the flow failed."),
        text("avg_completion_time", "Average time that completing the flow took."),
        object_("created_by", "User who began the run.", USER),
        timestamp("created_on", "When the run was created."),
        timestamp("start_on", "When the run is to start."),
    )


class WhatsAppFlowExecutionContacts(WhatsAppStream):
    """Contacts in runs of WhatsApp flows: one row for each contact and run."""

    name = "whatsapp_flow_execution_contacts"
    path = "channel/whatsapp/flow-execution-contact"
    permission = "Campaigns"
    columns = (
        uuid("Identifier of the contact's passage through the flow."),
        object_("contact", "Contact who is in the flow.", CONTACT),
        text("flow", "Flow, as UUID."),
        text("flow_name", "Name of the flow."),
        text("flow_version", "Version of the flow, as UUID."),
        text("status", "State: READY, RUNNING, COMPLETED, CANCELED, EXPIRED or FAILED."),
        text("status_reason", "Why the passage is in this state."),
        flag("is_test", "Whether it is a trial."),
        timestamp("created_on", "When the contact was put into the flow."),
    )


class WhatsAppConversations(WhatsAppStream):
    """Conversations in WhatsApp's inbox with their first message."""

    name = "whatsapp_conversations"
    path = "channel/whatsapp/inbox/conversation"
    permission = "Campaigns"
    columns = (
        uuid("Identifier of the conversation."),
        text("contact", "Contact in WhatsApp, as UUID."),
        text("status", "State: CREATED, FLOW, NEW, IN_PROGRESS, RESOLVED or CLOSED."),
        text(
            "source",
            "What began it: INBOX, AUTO_RESPONSE, API, BROADCAST, FLOW or UNKNOWN.",
        ),
        integer("channel", "Channel of the conversation."),
        object_("first_message", "First message of the conversation.", MESSAGE),
        objects("assigned", ASSIGNED_USER, "Users who look after the conversation."),
        integer("assigned_team", "Team that looks after the conversation."),
        objects(
            "tags",
            (integer("id", "Identifier of the tag in WhatsApp."), text("name", "Name of the tag.")),
            "Tags of the conversation.",
        ),
        timestamp("created_on", "When the conversation began."),
    )
