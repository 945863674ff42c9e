"""Forms through which contacts sign up.

Source: https://developers.activecampaign.com/reference/forms-1
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    array,
    flag,
    id_,
    integer,
    object_,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Forms(ActiveCampaignStream):
    """Forms of the account with their fields, looks and what a submission leads to."""

    name = "forms"
    path = "forms"
    permission = "Subscription Forms"
    replication_key = "udate"
    created_key = "cdate"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the form."),
        text("name", "Name of the form."),
        text("title", "Title shown on the form."),
        text("body", "Text shown on the form."),
        text("button", "Text of the button."),
        text("thanks", "Text shown after a submission."),
        text("layout", "How the form appears, for example inline-form."),
        text("url", "Address that the form leads to."),
        text("action", "Address that the form is sent to; empty for ActiveCampaign's own."),
        object_("actiondata", "What a submission sets off: actions by type, each with its own."),
        text("submit", "What the visitor sees next, for example show-thank-you."),
        object_("submitdata", "Details of what the visitor sees next, such as its url."),
        object_("style", "Looks of the form: colours, sizes in pixels, borders."),
        object_(
            "options",
            "Settings of the form.",
            (
                flag("blanks_overwrite", "Whether empty inputs erase what is known."),
                flag("blank_overwrite", "Whether empty inputs erase what is known."),
                text("confaction", "What follows the confirmation, for example show-message."),
                flag("sendoptin", "Whether an e-mail asks to confirm the subscription."),
                ref("optin_id", "messages", "Message that asks to confirm the subscription."),
                flag("optin_created", "Whether that message was made for this form."),
                text("confform", "Form or page that follows the confirmation."),
            ),
        ),
        array("cfields", "object", "Inputs and texts of the form, in order."),
        ref("parentformid", "forms", "Form that this one was made from; 0 for none."),
        integer("entries", "Number of submissions."),
        integer("contacts", "Number of contacts who came through the form."),
        integer("deals", "Number of deals that came through the form."),
        array("recent", "json", "Latest submissions; in what shape is not documented."),
        integer("aid", "Number that ActiveCampaign sets and does not document."),
        ref("userid", "users", "User who made the form."),
        ref("addressid", "addresses", "Sender's address on the form; 0 for none."),
        ref("address", "addresses", "Sender's address on the form."),
        text("defaultscreenshot", "Address of the default picture."),
        text("screenshot", "Address of the picture."),
        timestamp("cdate", "When the form was created."),
        timestamp("udate", "When the form was last changed."),
    )
