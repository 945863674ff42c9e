"""Custom fields of contacts, their choices, groups and values.

Source: https://developers.activecampaign.com/reference/retrieve-fields
"""

from __future__ import annotations

from typing import ClassVar

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
from tap_activecampaign.stream_types import CustomFieldValueStream, SideloadStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class ContactCustomFields(SideloadStream):
    """Custom fields that contacts can have."""

    name = "contact_custom_fields"
    path = "fields"
    permission = "Contacts"
    carrier = "fields"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the field."),
        text("title", "Name of the field."),
        text("descript", "Description of the field."),
        text(
            "type",
            "Kind of the field: text, textarea, date, datetime, dropdown, listbox, radio, "
            "checkbox, hidden or number.",
        ),
        flag("isrequired", "Whether a value is required."),
        text("perstag", "Personalization tag, which stands for the value in messages."),
        text("defval", "Default value."),
        flag("show_in_list", "Whether the field is shown in lists of contacts."),
        integer("rows", "Height of the input in rows."),
        integer("cols", "Width of the input in columns."),
        flag("visible", "Whether the field is shown."),
        text("service", "Service that keeps the field."),
        integer("ordernum", "Position among the fields."),
        timestamp("cdate", "When the field was created."),
        timestamp("udate", "When the field was last changed."),
        *created_and_updated(),
        array("options", "integer", "Choices of the field.", "contact_custom_field_options"),
        array("relations", "integer", "Lists the field is for.", "contact_custom_field_rels"),
    )


class ContactCustomFieldOptions(SideloadStream):
    """Choices of custom fields that offer a selection."""

    name = "contact_custom_field_options"
    path = "fields"
    permission = "Contacts"
    carrier = "fields"
    envelope: ClassVar[str] = "fieldOptions"
    columns = (
        id_("Identifier of the choice."),
        ref("field", "contact_custom_fields", "Field that offers the choice."),
        integer("orderid", "Position among the choices."),
        text("value", "Value that is stored."),
        text("label", "Text that is shown."),
        flag("isdefault", "Whether the choice is preselected."),
        timestamp("cdate", "When the choice was created."),
        timestamp("udate", "When the choice was last changed."),
    )


class ContactCustomFieldRels(SideloadStream):
    """Lists that custom fields are for: one row for each field and list."""

    name = "contact_custom_field_rels"
    path = "fields"
    permission = "Contacts"
    carrier = "fields"
    envelope: ClassVar[str] = "fieldRels"
    columns = (
        id_("Identifier of the pair of field and list."),
        ref("field", "contact_custom_fields", "Field."),
        ref("relid", "lists", "List the field is for; 0 for all lists."),
        integer("dorder", "Position of the field on the list."),
        timestamp("cdate", "When the pair was made."),
    )


class ContactCustomFieldValues(CustomFieldValueStream):
    """Values of custom fields: one row for each contact and field."""

    name = "contact_custom_field_values"
    owner = "contacts"
    owner_key = "contact"
    path = "fieldValues"
    permission = "Contacts"
    comes_with_contacts = "fieldValues"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the value."),
        ref("contact", "contacts", "Contact the value belongs to."),
        ref("field", "contact_custom_fields", "Field the value is for."),
        text("value", "The value as text; several choices are written ||a||b||."),
        ref("owner", "contacts", "Contact the value belongs to."),
        timestamp("cdate", "When the value was first set."),
        timestamp("udate", "When the value was last changed."),
        ref("created_by", "users", "User who set the value; 0 for the system."),
        ref("updated_by", "users", "User who last changed the value; 0 for the system."),
    )


class ContactCustomFieldGroups(ActiveCampaignStream):
    """Groups of custom fields: the groups themselves, or in some accounts each field's place."""

    name = "contact_custom_field_groups"
    path = "groupMembers"
    permission = "Contacts"
    # The documentation shows groups, accounts were seen to send the members of groups.
    envelope = ("groupDefinitions", "groupMembers")
    columns = (
        id_("Identifier of the group, or of the field's place in a group."),
        integer("type_id", "What the group's fields are for: 1 contacts, 2 deals, 3 accounts."),
        text("label", "Name of the group; a default group has a name in braces."),
        integer("group_id", "Group that the field is in."),
        ref("rel_id", "contact_custom_fields", "Field that is in the group."),
        integer("ordernum", "Position of the group, or of the field in its group."),
    )
