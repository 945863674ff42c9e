"""Custom fields of accounts and deals, and their values.

Source: https://developers.activecampaign.com/reference/list-all-custom-fields
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    Column,
    array,
    created_and_updated,
    flag,
    id_,
    integer,
    json,
    ref,
    text,
)
from tap_activecampaign.stream_types import CustomFieldValueStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

FIELD: tuple[Column, ...] = (
    id_("Identifier of the field."),
    text("field_label", "Name of the field."),
    text(
        "field_type",
        "Kind of the field: text, textarea, date, datetime, dropdown, multiselect, radio, "
        "checkbox, hidden, currency or number.",
    ),
    array("field_options", "json", "Choices of a field that offers a selection."),
    json("field_default", "Default value; of a currency field in cents."),
    text("field_default_currency", "Currency of the default value of a currency field."),
    flag("is_form_visible", "Whether the field is shown on forms."),
    flag("is_required", "Whether a value is required."),
    integer("display_order", "Position among the fields."),
    text("personalization", "Personalization tag, which stands for the value in messages."),
    integer("known_field_id", "Field that ActiveCampaign itself provides; empty for own fields."),
    flag("hide_field_flag", "Whether the field is hidden."),
    *created_and_updated(),
)

VALUE: tuple[Column, ...] = (
    id_("Identifier of the value."),
    json(
        "field_value",
        "The value: text as it is, several choices as a JSON list, an amount of money in cents.",
    ),
    text("field_currency", "Currency of the value of a currency field."),
    *created_and_updated(by=False),
)


class AccountCustomFields(ActiveCampaignStream):
    """Custom fields that accounts can have."""

    name = "account_custom_fields"
    path = "accountCustomFieldMeta"
    permission = "Accounts"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = FIELD


class AccountCustomFieldValues(CustomFieldValueStream):
    """Values of custom fields: one row for each account and field."""

    name = "account_custom_field_values"
    owner = "accounts"
    owner_key = "account_id"
    path = "accountCustomFieldData"
    permission = "Accounts"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        *VALUE,
        ref("account_id", "accounts", "Account the value belongs to."),
        ref("custom_field_id", "account_custom_fields", "Field the value is for."),
        ref("account_custom_field_metum_id", "account_custom_fields", "Field the value is for."),
    )


class DealCustomFields(ActiveCampaignStream):
    """Custom fields that deals can have."""

    name = "deal_custom_fields"
    path = "dealCustomFieldMeta"
    permission = "Deals"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (*FIELD, text("type", "Kind of the field, in some answers of ActiveCampaign."))


class DealCustomFieldValues(CustomFieldValueStream):
    """Values of custom fields: one row for each deal and field."""

    name = "deal_custom_field_values"
    owner = "deals"
    owner_key = "deal_id"
    path = "dealCustomFieldData"
    permission = "Deals"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        *VALUE,
        ref("deal_id", "deals", "Deal the value belongs to."),
        ref("custom_field_id", "deal_custom_fields", "Field the value is for."),
        ref("deal_custom_field_metum_id", "deal_custom_fields", "Field the value is for."),
    )
