"""The vocabulary in which streams declare their columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.records.columns import (
    Column,
    array,
    cents,
    created_and_updated,
    date,
    flag,
    id_,
    integer,
    json,
    number,
    object_,
    object_schema,
    objects,
    primary,
    ref,
    snake_case,
    text,
    timestamp,
    uuid,
)

NESTED = (integer("count", "A count."), timestamp("at", "A moment."), text("name", "A name."))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("firstName", "first_name"),
        ("ip4Sub", "ip4_sub"),
        ("email_domain", "email_domain"),
        ("emailDomain", "email_domain"),
        ("dealTasktype", "deal_tasktype"),
        ("fromURL", "from_url"),
        ("URLPath", "url_path"),
        ("contactAutomation", "contact_automation"),
        ("p_use_captcha", "p_use_captcha"),
        ("id", "id"),
    ],
)
def test_snake_case_when_the_api_writes_camel_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


@given(st.text(max_size=30))
def test_snake_case_changes_nothing_the_second_time(name: str) -> None:
    assert snake_case(snake_case(name)) == snake_case(name)


@pytest.mark.parametrize(
    ("column", "types", "extra"),
    [
        (id_("Identifier."), "integer", {}),
        (uuid("Identifier."), "string", {}),
        (primary(ref("contact", "contacts", "Contact.")), "integer", {}),
        (ref("contact", "contacts", "Contact."), ["integer", "null"], {}),
        (number("value", "A value."), ["number", "null"], {}),
        (flag("on", "A flag."), ["boolean", "null"], {}),
        (text("name", "A name."), ["string", "null"], {}),
        (json("value", "A value."), ["string", "null"], {}),
        (timestamp("at", "A moment."), ["string", "null"], {"format": "date-time"}),
        (date("on", "A day."), ["string", "null"], {"format": "date"}),
        (object_("data", "An object."), ["object", "null"], {"additionalProperties": True}),
        (
            array("ids", "integer", "Ids."),
            ["array", "null"],
            {"items": {"type": ["integer", "null"]}},
        ),
    ],
)
def test_column_has_the_schema_of_its_meaning(
    column: Column, types: Any, extra: dict[str, Any]
) -> None:
    expected = {"type": types, **extra, "description": column.description}
    assert column.json_schema() == expected


def test_schema_requires_the_key_alone() -> None:
    schema = object_schema((id_("Identifier."), text("name", "A name.")))
    assert schema["required"] == ["id"]
    assert "required" not in object_schema((text("name", "A name."),))


def test_nested_columns_are_described_where_they_stand() -> None:
    schema = objects("several", NESTED, "Objects.").json_schema()
    assert schema["items"]["properties"]["at"]["format"] == "date-time"
    nested = object_("nested", "An object.", NESTED).json_schema()
    assert nested["type"] == ["object", "null"]
    assert nested["properties"]["count"]["type"] == ["integer", "null"]


def test_amounts_name_their_unit() -> None:
    assert cents("total", "Price.").description == "Price. In cents."


def test_bookkeeping_columns_are_the_same_in_each_stream() -> None:
    assert [column.name for column in created_and_updated()] == [
        "created_timestamp",
        "updated_timestamp",
        "created_by",
        "updated_by",
    ]
    assert len(created_and_updated(by=False)) == 2
