"""Users of the account.

Source: https://developers.activecampaign.com/reference/list-all-users
"""

from __future__ import annotations

from tap_activecampaign.records.columns import array, flag, id_, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Users(ActiveCampaignStream):
    """People who work in the account."""

    name = "users"
    path = "users"
    columns = (
        id_("Identifier of the user."),
        text("username", "Name the user signs in with."),
        text("first_name", "First name."),
        text("last_name", "Last name."),
        text("email", "E-mail address."),
        text("phone", "Phone number."),
        text("signature", "Signature under the user's e-mails."),
        text("lang", "Language of the user interface."),
        text("local_zoneid", "Time zone of the user."),
        flag("mfa_enabled", "Whether the user signs in with a second factor."),
        array("roles", "json", "Roles of the user."),
        timestamp("password_updated_utc_timestamp", "When the password was last changed."),
        timestamp("cdate", "When the user was created."),
        timestamp("udate", "When the user was last changed."),
    )
