"""The account itself: its plan, settings, branding and calendar feeds.

Source: https://developers.activecampaign.com/reference/list-all-brandings
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.records.columns import (
    created_and_updated,
    flag,
    id_,
    integer,
    number,
    ref,
    text,
    timestamp,
    uuid,
)
from tap_activecampaign.stream_types import SingleResponseStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    Row = dict[str, Any]

_SECRET = re.compile(r"token|secret|passw|credential|private|api_?key", re.IGNORECASE)


class AccountSettings(SingleResponseStream):
    """The account: its owner, plan and size. One row."""

    name = "account_settings"
    path = "settings/account"
    envelope: ClassVar[str] = ""
    columns = (
        uuid("Host name of the account.", "account"),
        text("email", "E-mail address of the owner."),
        text("first_name", "First name of the owner."),
        text("last_name", "Last name of the owner."),
        text("cname", "Own host name that stands for the account's."),
        text("status", "Status of the account, for example active."),
        integer("subscriber_limit", "Number of contacts that the plan allows."),
        integer("subscriber_total", "Number of contacts in the account."),
        flag("trial", "Whether the account is on trial."),
        number("credits", "Number of credits left."),
        flag("branding", "Whether messages show ActiveCampaign's branding."),
    )

    @override
    def accepts(self, body: Any) -> bool:
        return isinstance(body, dict) and "account" in body


class Brandings(ActiveCampaignStream):
    """Names, logos and templates that groups show instead of ActiveCampaign's."""

    name = "brandings"
    path = "brandings"
    permission = "Templates"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the branding."),
        ref("groupid", "groups", "Group the branding is for."),
        text("site_name", "Name shown for the software."),
        text("site_logo", "Address of the logo."),
        text("site_logo_small", "Address of the small logo."),
        text("favicon", "Address of the icon in the browser."),
        text("header_text_value", "Header of the text part of messages."),
        text("header_html_value", "Header of the HTML part of messages."),
        text("footer_text_value", "Footer of the text part of messages."),
        text("footer_html_value", "Footer of the HTML part of messages."),
        flag("copyright", "Whether the copyright is shown."),
        flag("version", "Whether the version is shown."),
        flag("license", "Whether the licence is shown."),
        flag("help", "Whether the help is shown."),
        text("admin_template_htm", "HTML template of the administration pages."),
        text("admin_template_css", "Style of the administration pages."),
        text("admin_template_htm_backup", "Former HTML template of the administration pages."),
        text("admin_template_css_backup", "Former style of the administration pages."),
        text("public_template_htm", "HTML template of the public pages."),
        text("public_template_css", "Style of the public pages."),
        flag("zendesk_widget_enabled", "Whether the support widget is shown."),
        *created_and_updated(by=False),
    )


class Calendars(ActiveCampaignStream):
    """Calendar feeds of tasks."""

    name = "calendars"
    path = "calendars"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the feed."),
        ref("userid", "users", "User the feed belongs to."),
        text("title", "Name of the feed."),
        text("type", "Tasks in the feed: All, Deals or Contacts."),
        integer("notification", "Whether the feed's tasks have notifications: 0 no, 1 yes."),
        timestamp("cdate", "When the feed was created."),
        timestamp("mdate", "When the feed was last changed."),
    )
    # Whoever has it can read the feed.
    ignored = ("token",)


class Configs(ActiveCampaignStream):
    """Preferences of the account and its users, by name."""

    name = "configs"
    path = "configs"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the preference."),
        text("keyname", "Name of the preference."),
        text("section", "Part of the product that the preference is for."),
        text("item", "Item that the preference is for."),
        text("val", "Value; left out where the name tells that it is a secret."),
        ref("userid", "users", "User whose preference it is; 0 for the account."),
        ref("owner", "users", "User whose preference it is."),
        timestamp("cdate", "When the preference was first set."),
        timestamp("udate", "When the preference was last changed."),
        *created_and_updated(),
    )

    @override
    def row_of(self, row: Row) -> Row:
        return without_secret(row)


def without_secret(row: Row) -> Row:
    """Return a preference without its value if its name tells that the value is a secret."""
    names = (row.get("keyname"), row.get("section"), row.get("item"))
    return {**row, "val": None} if any(_SECRET.search(str(name)) for name in names) else row
