"""Messages and what they are made from: variables, templates and saved responses.

Source: https://developers.activecampaign.com/reference/list-all-messages
"""

from __future__ import annotations

from tap_activecampaign.records.columns import Column, flag, id_, integer, ref, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream

EDITOR: tuple[Column, ...] = (
    integer("ed_instanceid", "Document in the editor; 0 for none."),
    integer("ed_version", "Version of the editor."),
)


class Messages(ActiveCampaignStream):
    """E-mail messages with their whole content, which is large."""

    name = "messages"
    path = "messages"
    permission = "Templates"
    replication_key = "mdate"
    created_key = "cdate"
    order_column = "mdate"
    columns = (
        id_("Identifier of the message."),
        text("name", "Name of the message."),
        text("subject", "Subject line."),
        text("preheader_text", "Text shown beside the subject in the inbox."),
        text("fromname", "Name of the sender."),
        text("fromemail", "E-mail address of the sender."),
        text("reply2", "E-mail address that replies go to; empty for the sender's."),
        text("text", "The message as plain text."),
        text("html", "The message as HTML."),
        text("format", "Parts that are sent: mime for both, html or text."),
        text("htmlfetch", "When HTML is fetched from another address: now or send."),
        text("textfetch", "When plain text is fetched from another address: now or send."),
        integer("priority", "Priority of the e-mail: 1 high, 3 normal, 5 low."),
        text("charset", "Character set of the e-mail."),
        text("encoding", "Transfer encoding of the e-mail."),
        text("language_code", "Language of the message."),
        text("source", "Where the message was made."),
        flag("hidden", "Whether the message is hidden."),
        flag("has_predictive_content", "Whether the content is chosen for each contact."),
        *EDITOR,
        text("preview_mime", "Type of the preview picture."),
        text("preview_data", "Preview picture."),
        ref("userid", "users", "User who made the message."),
        ref("user", "users", "User who made the message."),
        timestamp("cdate", "When the message was created."),
        timestamp("mdate", "When the message was last changed."),
    )


class Personalizations(ActiveCampaignStream):
    """Message variables: pieces of content that messages call by a tag."""

    name = "personalizations"
    path = "personalizations"
    permission = "Templates"
    columns = (
        id_("Identifier of the variable."),
        text("name", "Name of the variable."),
        text("tag", "Tag that stands for the content in messages."),
        text("format", "Format of the content: html or text."),
        text("content", "Content that takes the tag's place."),
        text("list_ids", "Identifiers of the lists that may use it, separated by commas."),
        text("list_names", "Names of the lists that may use it, separated by commas."),
        integer("lists_count", "Number of lists that may use it."),
        flag("is_locked", "Whether the variable is locked against changes."),
    )


class Templates(ActiveCampaignStream):
    """Templates for messages with their whole content, which is large."""

    name = "templates"
    path = "templates"
    permission = "Templates"
    replication_key = "mdate"
    columns = (
        id_("Identifier of the template."),
        text("name", "Name of the template."),
        text("subject", "Subject line."),
        text("content", "The template as HTML."),
        text("preview_content", "The template as HTML for its preview."),
        integer("categoryid", "Category of the template."),
        integer("used", "Number of times the template was used."),
        integer("importnum", "Import that brought the template; 0 for none."),
        flag("waitpreview", "Whether a preview is being made."),
        flag("modified", "Whether the template was changed."),
        flag("hidden", "Whether the template is hidden."),
        text("screenshot", "Address of the picture."),
        *EDITOR,
        ref("userid", "users", "User who made the template."),
        timestamp("mdate", "When the template was last changed."),
    )


class SavedResponses(ActiveCampaignStream):
    """Saved responses: texts kept ready for one-to-one e-mails."""

    name = "saved_responses"
    path = "savedResponses"
    permission = "Saved Responses"
    # Null until the first change.
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the saved response."),
        text("title", "Name of the saved response."),
        text("subject", "Subject line."),
        text("body", "Text of the saved response."),
        ref("last_sent_user_id", "users", "User who last sent it."),
        timestamp("ldate", "When it was last sent."),
        timestamp("cdate", "When it was created."),
        timestamp("mdate", "When it was last changed; empty if never."),
    )
