"""Conversions: what counts as one, which contacts did it, and what led them there.

Source: https://developers.activecampaign.com/reference/list-all-contact-conversions
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    Column,
    as_sent,
    id_,
    integer,
    number,
    primary,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import UnpagedChildStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

TRIGGER: tuple[Column, ...] = (
    text("trigger_type", "Kind of event that counts as the conversion."),
    text("modifier", "How the event's value is compared."),
    integer("dynamic", "Whether the value comes from the event itself; 0 for no."),
)
CURRENCY: Column = text("currency", "Currency of the value.")


class Conversions(ActiveCampaignStream):
    """Conversions that the account counts, such as a purchase."""

    name = "conversions"
    path = "conversions"
    permission = "Automations"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the conversion."),
        text("name", "Name of the conversion."),
        number("value", "What one conversion is worth; in which unit is not documented."),
        CURRENCY,
        integer("limit", "How often one contact can convert."),
        integer("enforce_limit", "Whether the limit is enforced; 0 for no."),
        timestamp("cdate", "When the conversion was set up."),
        timestamp("udate", "When the conversion was last changed."),
    )


class ConversionTriggers(ActiveCampaignStream):
    """Events that count as conversions."""

    name = "conversion_triggers"
    path = "conversionTriggers"
    permission = "Automations"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the trigger."),
        ref("conversion", "conversions", "Conversion that the event counts as."),
        *TRIGGER,
        text("value", "Value that the event must have, for example the address of a page."),
        integer("retroactive", "Whether earlier events count too; 0 for no."),
        ref("automation_block", "automation_blocks", "Step of an automation that converts."),
        timestamp("cdate", "When the trigger was set up."),
        timestamp("udate", "When the trigger was last changed."),
    )


class ContactConversions(ActiveCampaignStream):
    """Conversions that contacts made: one row each time."""

    name = "contact_conversions"
    path = "contactConversions"
    permission = "Reports"
    order_column = "cdate"
    # Rows are only ever added.
    replication_key = "cdate"
    columns = (
        id_("Identifier of the contact's conversion."),
        ref("contact", "contacts", "Contact who converted."),
        ref("conversion", "conversions", "Conversion that was made."),
        ref("conversion_trigger", "conversion_triggers", "Trigger that counted it."),
        ref("conversiontrigger", "conversion_triggers", "Trigger that counted it."),
        text("converted_by_type", "Kind of what led to the conversion."),
        integer("converted_by_id", "Identifier of what led to the conversion, within its kind."),
        integer("converted_by", "Identifier of what led to the conversion, within its kind."),
        *TRIGGER,
        number("value", "What the conversion was worth; in which unit is not documented."),
        ref("order", "ecommerce_orders", "Order that is the conversion, if it is one."),
        number("amount", "Amount of the order; in which unit is not documented."),
        CURRENCY,
        timestamp("cdate", "When the contact converted."),
    )


class ContactConversionPoints(ActiveCampaignStream):
    """Opens, clicks, text messages and visits of contacts that may lead to a conversion.

    ActiveCampaign publishes that a contact, a kind and a time are there, not how all of them are
    called, so the columns are not proven.
    """

    name = "contact_conversion_points"
    path = "contactConversionPoints"
    permission = "Reports"
    order_column = "tstamp"
    # Rows are only ever added.
    replication_key = "tstamp"
    created_key = "cdate"
    columns = (
        id_("Identifier of the touchpoint."),
        ref("contact", "contacts", "Contact who was touched."),
        ref("subscriberid", "contacts", "Contact who was touched."),
        text("type", "Kind of the touchpoint, for example LinkData."),
        integer("linkid", "Identifier of the link that was opened or clicked."),
        timestamp("tstamp", "When it happened."),
        timestamp("cdate", "When it happened."),
        as_sent(),
    )


class ContactConversionAttributions(UnpagedChildStream):
    """Touchpoints to which a contact's conversion is attributed; mostly orders have any.

    Costs one request for each new conversion. How ActiveCampaign calls the columns is not
    published, and so not proven.
    """

    name = "contact_conversion_attributions"
    path = "contactConversions/{parent_id}/attributions"
    permission = "Reports"
    envelope = "attributions"
    parent = "contact_conversions"
    parent_key = "contact_conversion"
    columns = (
        primary(ref("contact_conversion", "contact_conversions", "Conversion of the contact.")),
        id_("Identifier of the attribution."),
        ref("contact_conversion_point", "contact_conversion_points", "Touchpoint."),
        as_sent(),
    )
