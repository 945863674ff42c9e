"""Custom objects: what the account keeps besides contacts, accounts and deals.

Source: https://developers.activecampaign.com/reference/list-all-schemas
"""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.records.columns import (
    Column,
    created_and_updated,
    flag,
    integer,
    object_,
    objects,
    primary,
    text,
    uuid,
    uuid_ref,
)
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime

    Row = dict[str, Any]

LABELS: tuple[Column, ...] = (
    text("singular", "Name of one."),
    text("plural", "Name of several."),
)


def changed_after(since: datetime | None) -> dict[str, str]:
    """Return the filter that custom objects and their schemas understand."""
    if since is None:
        return {}
    moment = since.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds")
    return {"filters[updatedTimestamp][gt]": f"{moment}Z"}


class CustomObjectSchemas(ActiveCampaignStream):
    """Kinds of custom objects, with the fields and relationships each kind has."""

    name = "custom_object_schemas"
    path = "customObjects/schemas"
    envelope: ClassVar[str] = "schemas"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        uuid("Identifier of the schema."),
        text("slug", "Short name of the schema."),
        text("visibility", "private, or public for schemas that an app shares."),
        object_("labels", "Names of the objects.", LABELS),
        text("description", "Description of the schema."),
        objects(
            "fields",
            (
                text("id", "Identifier of the field; records keep its value under it."),
                text("slug", "Short name of the field."),
                object_("labels", "Names of the field.", LABELS),
                text("description", "Description of the field."),
                text("type", "Kind of the field, for example text, number, date or currency."),
                flag("required", "Whether a value is required."),
                flag("is_required", "Whether a value is required."),
                integer("scale", "Number of decimals of a number."),
                text("default_currency", "Currency of a currency field."),
                objects(
                    "options",
                    (
                        text("id", "Identifier of the choice."),
                        text("value", "Text of the choice."),
                    ),
                    "Choices of a field that offers a selection.",
                ),
                flag("inherited", "Whether the field comes from the parent schema."),
                text("origin", "Integration that the field comes from."),
                text("status", "Empty, or marked_for_deletion."),
            ),
            "Fields of the objects.",
        ),
        objects(
            "relationships",
            (
                text("id", "Identifier of the relationship; records keep ids under it."),
                object_("labels", "Names of the relationship.", LABELS),
                text("description", "Description of the relationship."),
                text("namespace", "What objects relate to, for example contacts or deals."),
                flag("has_many", "Whether an object can relate to several."),
                flag("inherited", "Whether the relationship comes from the parent schema."),
            ),
            "What the objects relate to.",
        ),
        object_("icons", "Pictures of the objects.", (text("default", "Address."),)),
        uuid_ref("parent_id", "custom_object_schemas", "Public schema that this one is made from."),
        text("app_id", "App that the schema belongs to."),
        *created_and_updated(by=False),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        return {**super().params(since), **changed_after(since)}


class CustomObjectRecords(ChildStream):
    """Custom objects of all kinds, read once for each kind."""

    name = "custom_object_records"
    parent = "custom_object_schemas"
    parent_key = "schema_id"
    path = "customObjects/records/{parent_id}"
    envelope: ClassVar[str] = "records"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    # A schema does not change with its records, and there are few.
    only_changed_parents = False
    permission_of_each_parent = True
    many_per_parent = True
    selected_by_default = True
    columns = (
        primary(uuid_ref("schema_id", "custom_object_schemas", "Kind of the object.")),
        uuid("Identifier of the object within its kind."),
        text("external_id", "Identifier that another system gave the object."),
        object_("fields", "Values by the identifier of the field, as the schema types them."),
        object_("relationships", "Lists of related ids by the identifier of the relationship."),
        *created_and_updated(by=False),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        return {**super().params(since), **changed_after(since)}

    @override
    def row_of(self, row: Row) -> Row:
        return with_named_values(row)


def with_named_values(row: Row) -> Row:
    """Return a record with its fields keyed by field, and related ids as numbers where they are.

    What has another form than documented is left for the reader to report.
    """
    named = dict(row)
    fields, relationships = row.get("fields"), row.get("relationships")
    if isinstance(fields, list) and all(isinstance(one, dict) and "id" in one for one in fields):
        named["fields"] = {str(one["id"]): one.get("value") for one in fields}
    if isinstance(relationships, dict):
        named["relationships"] = {
            name: [wire_id(id_) for id_ in ids] if isinstance(ids, list) else ids
            for name, ids in relationships.items()
        }
    return named
