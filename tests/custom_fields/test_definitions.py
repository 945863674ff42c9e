from __future__ import annotations

from typing import Any

import pytest

from tap_activecampaign.custom_fields.definitions import (
    FieldDefinition,
    FieldValue,
    definitions_in,
)


def test_fields_of_contacts_and_of_deals_are_told_by_their_own_properties() -> None:
    of_contacts: dict[str, Any] = {"id": 7, "title": "Cidade", "type": "text", "perstag": "CIDADE"}
    of_deals: dict[str, Any] = {
        "id": 8,
        "field_label": "Contract value",
        "field_type": "currency",
        "personalization": "%DEAL_CONTRACT%",
    }
    assert definitions_in([of_deals, of_contacts]) == [
        FieldDefinition(7, "CIDADE", "Cidade", "text"),
        FieldDefinition(8, "DEAL_CONTRACT", "Contract value", "currency"),
    ]


def test_a_field_without_id_is_none_and_one_that_is_listed_twice_counts_once() -> None:
    rows: list[dict[str, Any]] = [
        {"id": None, "title": "?"},
        {"id": 3, "title": "old"},
        {"id": 3, "title": "new"},
    ]
    assert [(field.id, field.title) for field in definitions_in(rows)] == [(3, "new")]


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        *((kind, "text") for kind in ("text", "textarea", "dropdown", "radio", "hidden")),
        *((kind, "text") for kind in ("", "NULL", "a kind of tomorrow")),
        *((kind, "choices") for kind in ("checkbox", "listbox", "multiselect", "LISTBOX")),
        ("number", "number"),
        ("date", "date"),
        ("datetime", "timestamp"),
        ("currency", "money"),
    ],
)
def test_the_kind_of_a_field_tells_what_its_values_are(kind: str, meaning: str) -> None:
    assert FieldDefinition(1, "", "", kind).meaning == meaning


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"contact": "5", "field": "2", "value": "Recife"}, FieldValue(2, "Recife")),
        ({"dealId": 5, "customFieldId": 2, "fieldValue": ["a"]}, FieldValue(2, ["a"])),
        (
            {"account_id": 5, "custom_field_id": "2", "fieldValue": 99, "fieldCurrency": "BRL"},
            FieldValue(2, 99, "BRL"),
        ),
        ({"field": None, "value": "x"}, None),
        ({"field": {"id": "2"}, "value": "x"}, None),
        ({"value": "x"}, None),
    ],
)
def test_a_row_of_values_tells_its_field_and_value(
    row: dict[str, Any], value: FieldValue | None
) -> None:
    assert FieldValue.of_row(row) == value
