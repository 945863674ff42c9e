"""Streams whose rows have custom fields, and the streams of those fields' values.

By the setting `custom_fields`, records carry the values: as one object, or as a column per field.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_activecampaign.api import ApiError, NotFoundError
from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.custom_fields.columns import PREFIX, as_columns, as_in_catalog, as_keys
from tap_activecampaign.custom_fields.definitions import FieldValue
from tap_activecampaign.custom_fields.read import OBJECT, CustomFieldRead, definitions_read
from tap_activecampaign.custom_fields.sent import sent_until
from tap_activecampaign.custom_fields.spool import (
    SpooledValue,
    SpoolingScan,
    ValueSpool,
    in_order,
)
from tap_activecampaign.failures import is_unavailable
from tap_activecampaign.pagination import Page
from tap_activecampaign.records.columns import object_, object_schema, snake_case
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk import Tap

    from tap_activecampaign.custom_fields.columns import NamedField
    from tap_activecampaign.custom_fields.definitions import FieldDefinition
    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.sideload.read import SideloadedRead
    from tap_activecampaign.stream_types.base import StreamHost

    Row = dict[str, Any]

_MOST_NAMES_TOLD = 10
_LARGEST_ID = 2**63 - 1


class CustomFieldOwner(ActiveCampaignStream):
    """A collection whose rows can have custom fields.

    Attributes:
        fields_stream: Name of the stream that tells which fields there are.
        values_stream: Name of the stream of their values.
        singular: Key of a body that holds one row.
    """

    fields_stream: ClassVar[str]
    values_stream: ClassVar[str]
    singular: ClassVar[str]

    def __init__(self, tap: Tap, host: StreamHost) -> None:
        super().__init__(tap, host)
        if host.run.custom_fields == "object":
            told = "Values of custom fields, by the field's tag in lower case, else field_<id>."
            column = object_(OBJECT, told)
            self.schema["properties"][OBJECT] = column.json_schema()

    def discover_columns(self, fields: ActiveCampaignStream, lane: PageLane) -> None:
        """Ask the account for its fields, and add a column for each to the schema.

        Args:
            fields: The stream of the fields.
            lane: Where to ask.
        """
        try:
            found = definitions_read(fields, lane)
        except ApiError as error:
            if not is_unavailable(error):
                raise
            self.logger.warning("Stream '%s' gets no custom fields: %s.", self.name, error)
            return
        columns = [column for named in as_columns(found, self._taken) for column in named.columns]
        self.schema["properties"].update(object_schema(tuple(columns))["properties"])

    @property
    def _taken(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def fields(self) -> ActiveCampaignStream:
        """The stream of the fields."""
        return self.streams.named(self.fields_stream)

    @property
    def values(self) -> CustomFieldValueStream:
        """The stream of the values."""
        return cast("CustomFieldValueStream", self.streams.named(self.values_stream))

    @cached_property
    def spool(self) -> ValueSpool:
        """The values of this run, once they were read."""
        return ValueSpool()

    @property
    def carried(self) -> CustomFieldValueStream | None:
        """The stream of the values, if records carry them and they may come with the rows."""
        return self.values if self.values.comes_with_contacts and self.carries_values else None

    def brought(self, rows: Iterable[Row]) -> list[Any]:
        """Return the values that came with a row, those that changed last at the end."""
        return in_order(self.values.spooled(rows))

    def is_news(self, rows: Iterable[Row]) -> bool:
        """Return whether a value changed since rows were last sent, or cannot tell when."""
        since = self._values_sent_until
        return since is not None and any(
            one.changed is None or one.changed >= since for one in self.values.spooled(rows)
        )

    @cached_property
    def _values_sent_until(self) -> str | None:
        return sent_until(self.stream_state, self.run.naive_zone)

    @property
    def values_brought(self) -> SideloadedRead | None:
        """The reading of values that come with the rows; None if they do not."""
        return None if self.carried is None else self._host.family.read_of(self.values_stream)

    @property
    def _asks_for_fields(self) -> bool:
        is_test = self.ABORT_AT_RECORD_COUNT is not None
        return self.run.custom_fields != "rows" and self.selected and not is_test

    @property
    def carries_values(self) -> bool:
        """Whether records carry the values of their custom fields."""
        return self._asks_for_fields and bool(self._wanted_properties())

    def _wanted_properties(self) -> set[str]:
        """Return the selected properties that hold values of custom fields."""
        properties = self.effective_schema["properties"]
        if self.run.custom_fields == "object":
            names = {OBJECT} & properties.keys()
        else:
            names = {name for name in properties if name.startswith(PREFIX)} - set(self._taken)
        return {name for name in names if self.mask["properties", name]}

    def wanted_fields(self, fields: Sequence[FieldDefinition]) -> list[NamedField]:
        """Return the fields whose values records carry, and tell which ones they cannot."""
        properties = self.effective_schema["properties"]
        wanted = self._wanted_properties()
        if self.run.custom_fields == "object":
            if OBJECT not in properties:
                self._tell_of_unknown("the property custom_fields")
            return as_keys(fields) if wanted else []
        known, unknown = as_in_catalog(fields, self._taken, properties)
        if unknown:
            names = [field.tag or f"field {field.id}" for field in unknown]
            more = len(names) - _MOST_NAMES_TOLD
            listed = ", ".join(names[:_MOST_NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")
            self._tell_of_unknown(f"columns for these custom fields of the account: {listed}")
        return [named for named in known if {named.name, named.currency_name} & wanted]

    def _tell_of_unknown(self, what: str) -> None:
        self.logger.warning(
            "Stream '%s': the catalog does not have %s. Their values are in the stream '%s'. "
            "Discover the catalog again to get them here too.",
            self.name,
            what,
            self.values_stream,
        )

    @cached_property
    @override
    def read(self) -> Read:
        read = super().read
        return CustomFieldRead(self, read) if self._asks_for_fields else read

    @property
    @override
    def waits_for_its_turn(self) -> bool:
        # All values must be known before the first record.
        return self._asks_for_fields and not self.sends_before_proof

    @cached_property
    def sends_before_proof(self) -> bool:
        """Whether rows are sent before it is known that all their values came: in a first load."""
        return self.values_brought is not None and self.bookmark() is None

    def misfit(self, name: str, json_type: str) -> None:
        """Tell that a value does not fit its field. See `FieldOwner`."""
        self.report.misfit(name, json_type)

    def begin_one(self, row_id: int) -> Future[Page]:
        """Begin to fetch one row by its id; the page has none if it is gone."""
        path = f"{self.path}/{row_id}"

        def fetch(session: Any) -> Page:
            try:
                body = session.get(path, {}, accepts=lambda body: self.singular in body)
            except NotFoundError:
                return Page([], None, 1)
            return Page([body[self.singular]], None, 1)

        return self.lane.begin(fetch)


class CustomFieldValueStream(ActiveCampaignStream):
    """Values of custom fields. Whoever reads all of them fills the spool of their owner.

    Attributes:
        owner: Name of the stream whose rows the values belong to.
        owner_key: Property of a row that holds its owner's id.
    """

    owner: ClassVar[str]
    owner_key: ClassVar[str]

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        scan = super().open_scan(lane, since)
        owner = cast("CustomFieldOwner", self.streams.named(self.owner))
        return SpoolingScan(scan, owner.spool, self.spooled) if owner.carries_values else scan

    def spooled(self, rows: Iterable[Row]) -> Iterator[SpooledValue]:
        """Yield the values of some rows that tell whose they are."""
        changed_names = [name for name in (self.replication_key, self.created_key) if name]
        for row in rows:
            named = {snake_case(name): value for name, value in row.items()}
            value = FieldValue.of_row(named)
            owner_id = wire_id(named.get(self.owner_key))
            if value is None or not isinstance(owner_id, int) or owner_id > _LARGEST_ID:
                continue
            stamps = (self.reader.value(name, named.get(name)) for name in changed_names)
            yield SpooledValue(owner_id, next(filter(None, stamps), None), value)
