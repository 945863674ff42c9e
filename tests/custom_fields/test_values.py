from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.custom_fields.columns import NamedField
from tap_activecampaign.custom_fields.definitions import (
    FieldDefinition,
    FieldMeaning,
    FieldValue,
)
from tap_activecampaign.custom_fields.reader import FieldReader
from tap_activecampaign.custom_fields.values import coercion_of

CHICAGO = ZoneInfo("America/Chicago")
MEANINGS: list[FieldMeaning] = ["text", "number", "date", "timestamp", "choices", "money"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def reader_of(*meanings: FieldMeaning) -> tuple[FieldReader, list[tuple[str, str]]]:
    fields = [
        NamedField(
            FieldDefinition(at, "", "", meaning),
            f"cf_{meaning}",
            meaning,
            "cf_money_currency" if meaning == "money" else None,
        )
        for at, meaning in enumerate(meanings)
    ]
    misfits: list[tuple[str, str]] = []
    reader = FieldReader(fields, CHICAGO, on_misfit=lambda *told: misfits.append(told))
    return reader, misfits


@pytest.mark.parametrize(
    ("meaning", "written", "read"),
    [
        ("text", "Olá, mundo", "Olá, mundo"),
        ("text", "", ""),
        ("text", 12, "12"),
        ("number", "100.99", 100.99),
        ("number", " 7 ", 7),
        ("number", 2.5, 2.5),
        ("number", "", None),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2024/02/29", "2024-02-29"),
        ("date", "2024-02-29 00:00:00", "2024-02-29"),
        ("date", "0000-00-00", None),
        ("date", "", None),
        ("timestamp", "2020-05-19T02:45:00-05:00", "2020-05-19T07:45:00+00:00"),
        ("timestamp", "2020-05-19 02:45", "2020-05-19T07:45:00+00:00"),
        ("timestamp", "", None),
        ("choices", "||a||b||", ["a", "b"]),
        ("choices", "||a||", ["a"]),
        ("choices", "a", ["a"]),
        ("choices", "a|b", ["a|b"]),
        ("choices", "||a||||b||", ["a", "b"]),
        ("choices", "||||", None),
        ("choices", "", None),
        ("choices", ["Option 1", "Option 3"], ["Option 1", "Option 3"]),
        ("choices", ["a", "", None], ["a"]),
        ("choices", [], None),
        ("money", 9999, 9999),
        ("money", " 9999 ", 9999),
        ("money", "9999.00", 9999),
    ],
)
def test_a_value_is_read_as_its_field_means_it(
    meaning: FieldMeaning, written: Any, read: Any
) -> None:
    assert coercion_of(meaning, CHICAGO)(written) == read


@pytest.mark.parametrize(
    ("meaning", "written", "json_type"),
    [
        ("number", "12,50", "string"),
        ("number", "many", "string"),
        ("date", "29/02/2024", "string"),
        ("date", "2023-02-29", "string"),
        ("timestamp", "tomorrow", "string"),
        ("money", "99.99", "string"),
        ("money", 2**63, "number"),
        ("text", ["a"], "array"),
        ("choices", [["a"]], "array"),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_and_told_once(
    meaning: FieldMeaning, written: Any, json_type: str
) -> None:
    reader, misfits = reader_of(meaning)
    assert reader.read([FieldValue(0, written)]) == {}
    assert reader.read([FieldValue(0, written)]) == {}
    assert misfits == [(f"cf_{meaning}", json_type)]


def test_money_stands_beside_its_currency() -> None:
    reader, _ = reader_of("money")
    assert reader.read([FieldValue(0, 9999, "BRL")]) == {
        "cf_money": 9999,
        "cf_money_currency": "BRL",
    }


def test_the_last_value_of_a_field_counts_and_unknown_fields_are_left_out() -> None:
    reader, misfits = reader_of("text")
    written = [FieldValue(0, "old"), FieldValue(9, "?"), FieldValue(0, "new")]
    assert reader.read(written) == {"cf_text": "new"}
    assert reader.read([FieldValue(0, "old"), FieldValue(0, None)]) == {}
    assert misfits == []


@given(JSON, st.sampled_from(MEANINGS))
def test_no_value_ends_a_run(written: Any, meaning: FieldMeaning) -> None:
    reader, misfits = reader_of(meaning)
    read = reader.read([FieldValue(0, written)])
    assert set(read) <= {f"cf_{meaning}"}
    assert len(misfits) <= 1
    assert not (read and misfits)


@given(st.lists(st.text(st.characters(exclude_characters="|"), min_size=1), min_size=1))
def test_choices_are_those_written_between_the_borders(made: list[str]) -> None:
    assert coercion_of("choices", CHICAGO)(f"||{'||'.join(made)}||") == made
