"""Rows of the API turned into records."""

from __future__ import annotations

import json
import math
import sys
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_activecampaign.records.columns import (
    Column,
    Meaning,
    array,
    flag,
    id_,
    integer,
    object_,
    object_schema,
    objects,
    snake_case,
    text,
    timestamp,
)
from tap_activecampaign.records.reader import RecordReader

CENTRAL = ZoneInfo("America/Chicago")
MEANINGS: tuple[Meaning, ...] = get_args(Meaning)


class Told:
    """What a reader reported."""

    def __init__(self) -> None:
        self.misfits: list[tuple[str, str]] = []
        self.unknown: list[str] = []

    def reader(self, *columns: Column, ignored: tuple[str, ...] = ()) -> RecordReader:
        return RecordReader(
            columns,
            CENTRAL,
            ignored=ignored,
            on_misfit=lambda name, kind: self.misfits.append((name, kind)),
            on_unknown=self.unknown.append,
        )


# Values

NULL = object()
MISFIT = object()

CASES: list[tuple[Meaning, Any, Any]] = [
    ("integer", "12", 12),
    ("integer", 12, 12),
    ("integer", "-1", -1),
    ("integer", "+3", 3),
    ("integer", " 7 ", 7),
    ("integer", "12.0", 12),
    ("integer", 12.0, 12),
    ("integer", "9007199254740993", 9007199254740993),
    ("integer", True, 1),
    ("integer", {"type": "contact", "id": "5"}, 5),
    ("integer", 2**63 - 1, 2**63 - 1),
    ("integer", str(-(2**63)), -(2**63)),
    ("integer", "-00000000000000000000000001.000", -1),
    ("integer", {"id": 5.0}, 5),
    ("integer", 2**63, MISFIT),
    ("integer", str(2**63), MISFIT),
    ("integer", -(2**63) - 1, MISFIT),
    ("integer", "1" + "0" * 5000, MISFIT),
    ("integer", 1e300, MISFIT),
    ("integer", math.inf, MISFIT),
    ("integer", math.nan, MISFIT),
    ("integer", {"id": str(2**64)}, MISFIT),
    ("integer", {"id": {"id": 5}}, MISFIT),
    ("integer", {"id": None}, MISFIT),
    ("integer", "1_000", MISFIT),
    ("integer", "", NULL),
    ("integer", "  ", NULL),
    ("integer", "12.5", MISFIT),
    ("integer", 12.5, MISFIT),
    ("integer", "1e3", MISFIT),
    ("integer", "XXXXXXXXXX", MISFIT),
    ("integer", [], MISFIT),
    ("integer", {}, MISFIT),
    ("number", "1.7", 1.7),
    ("number", "-70.160407", -70.160407),
    ("number", 3, 3),
    ("number", 1.5, 1.5),
    ("number", "", NULL),
    ("number", 2**63 - 1, 2**63 - 1),
    ("number", 2**64, 1.8446744073709552e19),
    ("number", str(10**30), 1e30),
    ("number", 10**400, MISFIT),
    ("number", "1e400", MISFIT),
    ("number", "1_000", MISFIT),
    ("number", "nan", MISFIT),
    ("number", "inf", MISFIT),
    ("number", math.inf, MISFIT),
    ("number", "1,5", MISFIT),
    ("number", True, MISFIT),
    ("number", [1], MISFIT),
    ("flag", "1", True),
    ("flag", "0", False),
    ("flag", 1, True),
    ("flag", 0, False),
    ("flag", True, True),
    ("flag", False, False),
    ("flag", "True", True),
    ("flag", "false", False),
    ("flag", "", NULL),
    ("flag", "2", MISFIT),
    ("flag", 2, MISFIT),
    ("flag", "yes", MISFIT),
    ("flag", [], MISFIT),
    ("text", "", ""),
    ("text", "Olá", "Olá"),
    ("text", "0000-00-00", "0000-00-00"),
    ("text", 5, "5"),
    ("text", 1.5, "1.5"),
    ("text", False, "false"),
    ("text", 2**70, "1180591620717411303424"),
    ("text", math.nan, MISFIT),
    ("text", ["a"], MISFIT),
    ("text", {"a": 1}, MISFIT),
    ("json", "as it is", "as it is"),
    ("json", ["a", 1], '["a",1]'),
    ("json", {"turma": "São Paulo"}, '{"turma":"São Paulo"}'),
    ("json", 5, "5"),
    ("timestamp", "2018-11-06 02:26:07", "2018-11-06T08:26:07+00:00"),
    ("timestamp", "0000-00-00 00:00:00", NULL),
    ("timestamp", "", NULL),
    ("timestamp", 1536771230, MISFIT),
    ("timestamp", "2018-11-06T08:26:07+00:00 or so", MISFIT),
    ("timestamp", "-0001-11-30T00:00:00-06:00", MISFIT),
    ("timestamp", "20107-01-01 00:00:00", MISFIT),
    ("timestamp", "9999-12-31 23:59:59", MISFIT),
    ("timestamp", True, MISFIT),
    ("timestamp", [], MISFIT),
    ("timestamp", {}, MISFIT),
    ("date", "2018-11-06", "2018-11-06"),
    ("date", "0000-00-00", NULL),
    ("date", "2018-11-06 02:26:07", MISFIT),
    ("array", ["1", None, 2], ["1", None, "2"]),
    ("array", [], []),
    ("array", {"0": "a", "2": "b"}, ["a", "b"]),
    ("array", "", NULL),
    ("array", "a,b", MISFIT),
    ("array", [["nested"]], MISFIT),
    ("object", {"a": {"b": 1}}, {"a": {"b": 1}}),
    ("object", [], {}),
    ("object", "", {}),
    ("object", {"n": 2**63 - 1}, {"n": 2**63 - 1}),
    ("object", ["a"], MISFIT),
    ("object", 0, MISFIT),
    ("object", False, MISFIT),
    ("object", "text", MISFIT),
]


@pytest.mark.parametrize(
    ("meaning", "wire", "expected"), CASES, ids=[f"{case[0]} {case[1]!r}" for case in CASES]
)
def test_value_is_coerced_to_its_meaning(meaning: Meaning, wire: Any, expected: Any) -> None:
    told = Told()
    record = told.reader(Column("value", meaning, "A value.")).read({"value": wire})
    assert bool(told.misfits) == (expected is MISFIT)
    wanted = None if expected in (NULL, MISFIT) else expected
    assert record == {"value": wanted}
    assert type(record["value"]) is type(wanted)


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        ({"a": 2**64, "b": 1}, {"a": None, "b": 1}),
        ({"a": {"b": [1, math.nan, "x"]}}, {"a": {"b": [1, None, "x"]}}),
        ({"a": -math.inf}, {"a": None}),
    ],
)
def test_open_object_keeps_what_a_loader_takes(wire: dict[str, Any], kept: dict[str, Any]) -> None:
    told = Told()
    reader = told.reader(object_("fields", "Values."))
    assert reader.read({"fields": wire}) == reader.read({"fields": wire}) == {"fields": kept}
    assert told.misfits == [("fields", "object")]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [{"id": value}]
    return value


@pytest.mark.parametrize("depth", [100, 50_000])
@pytest.mark.parametrize("meaning", MEANINGS)
def test_value_nested_without_end_is_no_reason_to_stop(meaning: Meaning, depth: int) -> None:
    told = Told()
    reader = told.reader(Column("value", meaning, "A value."))
    record = reader.read({"value": {"id": nested(depth)}})
    # Any encoder can write it.
    assert len(json.dumps(record)) < 100_000
    if depth > sys.getrecursionlimit():
        assert told.misfits == [("value", "object")]


def test_properties_that_differ_from_row_to_row_are_not_remembered_without_end() -> None:
    told = Told()
    reader = told.reader(id_("Identifier."))
    for number in range(1000):
        assert reader.read({"id": number, f"p{number}": "x"}) == {"id": number}
    assert len(told.unknown) == 100


@pytest.mark.parametrize(("wire", "expected"), [("5", 5), (None, None), ("", None), ("x", None)])
def test_a_single_value_is_read_as_in_a_record(wire: Any, expected: int | None) -> None:
    told = Told()
    reader = told.reader(integer("count", "A count."))
    assert reader.value("count", wire) == expected
    assert reader.read({"count": wire})["count"] == expected
    assert told.misfits == ([("count", "string")] if wire == "x" else [])


@pytest.mark.parametrize("meaning", MEANINGS)
def test_value_when_null_or_absent_is_null(meaning: Meaning) -> None:
    told = Told()
    reader = told.reader(Column("value", meaning, "A value."))
    assert reader.read({"value": None}) == reader.read({}) == {"value": None}
    assert told.misfits == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["0", "1", "12.5", "0000-00-00", "2024-02-30", "2024-01-01 25:00", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
NESTED = (integer("count", "A count."), timestamp("at", "A moment."), text("name", "A name."))
EVERY_COLUMN = (
    *(Column(meaning, meaning, "A value.") for meaning in MEANINGS),
    array("numbers", "integer", "Numbers."),
    array("moments", "timestamp", "Moments."),
    object_("nested", "An object.", NESTED),
    objects("several", NESTED, "Objects."),
)
VALIDATOR = Draft202012Validator(object_schema(EVERY_COLUMN))


@given(st.sampled_from([column.name for column in EVERY_COLUMN]), JSON)
def test_any_json_becomes_a_value_of_its_type_or_null_and_one_report(name: str, wire: Any) -> None:
    told = Told()
    reader = told.reader(*EVERY_COLUMN)
    first, second = reader.read({name: wire}), reader.read({name: wire})
    assert repr(first) == repr(second)
    VALIDATOR.validate(first)
    assert len(told.misfits) == len(set(told.misfits))
    assert all(one == name or one.startswith(f"{name}.") for one, _ in told.misfits)
    if name not in {"nested", "several"}:
        assert len(told.misfits) <= 1
        if told.misfits:
            assert first[name] is None


def test_null_among_objects_is_valid() -> None:
    VALIDATOR.validate(Told().reader(*EVERY_COLUMN).read({"several": [None]}))


NAMES = st.text(st.characters(exclude_characters="."), max_size=8)


@given(st.dictionaries(NAMES | st.sampled_from(MEANINGS), JSON, max_size=6))
def test_any_row_becomes_a_record_of_all_columns(row: dict[str, Any]) -> None:
    told = Told()
    record = told.reader(*EVERY_COLUMN).read(row)
    VALIDATOR.validate(record)
    assert list(record) == [column.name for column in EVERY_COLUMN]
    known = {column.name for column in EVERY_COLUMN} | {"links"}
    beside = {name for name in told.unknown if "." not in name}
    assert beside == {snake_case(name) for name in row if name != "links"} - known


# Reports


def test_misfit_is_reported_once_a_property_with_its_json_type() -> None:
    told = Told()
    reader = told.reader(integer("count", "A count."), flag("on", "A flag."))
    for wire in ("x", "y", ["z"]):
        reader.read({"count": wire, "on": {"a": 1}})
    assert told.misfits == [("count", "string"), ("on", "object")]


@pytest.mark.parametrize(
    ("wire", "kind"),
    [("x", "string"), (1.5, "number"), ([1], "array"), ({"a": 1}, "object")],
)
def test_misfit_tells_the_json_type(wire: Any, kind: str) -> None:
    told = Told()
    told.reader(integer("count", "A count.")).read({"count": wire})
    assert told.misfits == [("count", kind)]


def test_unknown_property_is_reported_once() -> None:
    told = Told()
    reader = told.reader(id_("Identifier."))
    for _ in range(3):
        assert reader.read({"id": "1", "newProperty": "x"}) == {"id": 1}
    assert told.unknown == ["new_property"]


def test_links_and_ignored_properties_are_left_out_silently() -> None:
    told = Told()
    reader = told.reader(id_("Identifier."), ignored=("token",))
    assert reader.read({"id": "1", "links": {"user": "x"}, "token": "s"}) == {"id": 1}
    assert told.unknown == []


def test_nested_properties_are_reported_with_their_path() -> None:
    told = Told()
    reader = told.reader(
        object_("nested", "An object.", NESTED), objects("several", NESTED, "Some.")
    )
    record = reader.read(
        {"nested": {"count": "x", "new": 1}, "several": [{"at": "x", "name": "a"}, {"other": 1}]}
    )
    assert record["nested"] == {"count": None, "at": None, "name": None}
    assert record["several"] == [
        {"count": None, "at": None, "name": "a"},
        {"count": None, "at": None, "name": None},
    ]
    assert told.misfits == [("nested.count", "string"), ("several.at", "string")]
    assert told.unknown == ["nested.new", "several.other"]
