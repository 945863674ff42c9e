"""Sinks: records of order streams join one queue over all streams, in the order of arrival."""

from __future__ import annotations

import abc
import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import jsonschema
from singer_sdk import RecordSink, Target
from typing_extensions import override

from target_activecampaign.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jsonschema.protocols import Validator

_DEEPEST_RECORD: Final = 100
# The SDK sees this in place of the stream's schema: it would parse dates, and end the run and log
# the record where one does not fit.
_PERMISSIVE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {},
    "additionalProperties": True,
}


class OrderConsumer(Protocol):
    """Where records go: a run or a dry run."""

    def add(self, stream: str, record: dict[str, Any]) -> None:
        """Take in a record."""

    def reject(self, stream: str, record: dict[str, Any], reason: str, remedy: str) -> None:
        """Take in a record that no rule can be applied to."""


class OrderTarget(Target):
    """A target whose sinks hand on their records, over all streams in the order of arrival."""

    @property
    @abc.abstractmethod
    def consumer(self) -> OrderConsumer:
        """Where records go."""


class _PermissiveSink(RecordSink):
    """A sink whose records the SDK neither checks nor changes."""

    def __init__(
        self,
        target: OrderTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        # The SDK takes its metadata out of what it is given, which is the stream map's.
        given = {**schema, "properties": dict(schema["properties"])}
        super().__init__(target, stream_name, given, None)
        self.schema = dict(_PERMISSIVE_SCHEMA)
        self._stream_key_properties = tuple(key_properties or ())

    @property
    @override
    def key_properties(self) -> Sequence[str]:
        return self._stream_key_properties

    @override
    def get_validator(self) -> None:
        return None


class OrderSink(_PermissiveSink):
    """Passes the records of a stream on. One that breaks the stream's schema is a reject."""

    def __init__(
        self,
        target: OrderTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._consumer = target.consumer
        self._schema_validator = _validator(stream_name, schema) if self.validate_schema else None

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        if is_nested_deeper(record, _DEEPEST_RECORD):
            self._consumer.reject(
                self.stream_name,
                {},
                "The record is nested too deeply to be an order; it is not kept.",
                "Send the body as Ticto sent it.",
            )
            return
        fault = self._fault(record)
        if fault is None:
            self._consumer.add(self.stream_name, record)
        else:
            self._consumer.reject(
                self.stream_name,
                record,
                fault,
                "Correct the record, or the schema that the tap sends for this stream.",
            )

    @override
    def process_batch_files(self, encoding: Any, files: Sequence[str]) -> None:
        raise InputError(
            f"The stream {self.stream_name!r} comes as BATCH files, which this target does not "
            f"read. Switch off batch_config in the tap."
        )

    def _fault(self, record: dict[str, Any]) -> str | None:
        missing = [key for key in self._stream_key_properties if key not in record]
        if missing:
            return f"The record lacks the key property {missing[0]!r} of its stream."
        if self._schema_validator is None or self._schema_validator.is_valid(record):
            return None
        error = next(self._schema_validator.iter_errors(record))
        path = ".".join(str(part) for part in error.absolute_path) or "the record"
        return f"The record does not fit the schema of its stream: {path} breaks {error.validator}."


class IgnoredSink(_PermissiveSink):
    """Drops the records of a stream that carries no orders."""

    def __init__(
        self,
        target: OrderTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self.logger.warning("The stream %r is ignored: it is not among order_streams.", stream_name)

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Drop the record."""

    @override
    def process_batch_files(self, encoding: Any, files: Sequence[str]) -> None:
        """Drop the records."""


def is_nested_deeper(value: Any, levels: int) -> bool:
    """Return whether a JSON value is nested deeper than so many levels."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def _multiple_of(
    validator: Validator, step: float, value: Any, schema: dict[str, Any]
) -> Iterator[jsonschema.ValidationError]:
    """Check ``multipleOf`` on numbers as they are written: 19.99 is a multiple of 0.01.

    Taps of databases describe the scale of decimal columns so, and as floats hardly any fits.
    """
    del schema
    if validator.is_type(value, "number") and Fraction(str(value)) % Fraction(str(step)):
        yield jsonschema.ValidationError(f"not a multiple of {step}")


# Taps write either; the drafts disagree on what exclusiveMinimum and exclusiveMaximum are.
_DRAFTS: Final[tuple[type[Validator], ...]] = tuple(
    cast("Any", jsonschema.validators).extend(draft, {"multipleOf": _multiple_of})
    for draft in (jsonschema.Draft7Validator, jsonschema.Draft4Validator)
)


def _validator(stream_name: str, schema: dict[str, Any]) -> Validator:
    for draft in _DRAFTS:
        with contextlib.suppress(jsonschema.SchemaError):
            draft.check_schema(schema)
            return draft(schema)
    raise InputError(f"The schema of the stream {stream_name!r} is not a valid JSON Schema.")
