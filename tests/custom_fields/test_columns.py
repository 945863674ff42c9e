from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.custom_fields.columns import (
    NamedField,
    as_columns,
    as_in_catalog,
    as_keys,
)
from tap_activecampaign.custom_fields.definitions import FieldDefinition
from tap_activecampaign.records.columns import object_schema

FIELDS = st.lists(
    st.builds(
        FieldDefinition,
        id=st.integers(1, 2**40),
        tag=st.text(st.sampled_from("ABab_ é%|9"), max_size=6) | st.text(max_size=90),
        title=st.text(max_size=5),
        kind=st.sampled_from(["text", "currency", "listbox", "date"]),
    ),
    unique_by=lambda field: field.id,
    max_size=12,
).map(lambda fields: sorted(fields, key=lambda field: field.id))


def field(field_id: int, tag: str = "", kind: str = "text", title: str = "") -> FieldDefinition:
    return FieldDefinition(field_id, tag, title, kind)


def names(fields: list[NamedField]) -> list[str]:
    return [column.name for named in fields for column in named.columns]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("CIDADE", "cf_cidade"),
        ("DATA_DE_NASCIMENTO", "cf_data_de_nascimento"),
        ("ENDEREÇO", "cf_endereco"),
        ("UTM SOURCE", "cf_utm_source"),
        ("a-b.c", "cf_a_b_c"),
        ("SELECT", "cf_select"),
        ("2ND", "cf_2nd"),
        ("", "cf_field_5"),
        ("日本", "cf_field_5"),
    ],
)
def test_a_column_is_named_by_the_tag_and_without_one_by_the_id(tag: str, name: str) -> None:
    assert names(as_columns([field(5, tag)])) == [name]


@pytest.mark.parametrize(
    ("tag", "key"), [("CIDADE", "cidade"), ("ENDEREÇO", "endereço"), ("", "field_5")]
)
def test_a_key_is_the_tag_in_lower_case_and_without_one_the_id(tag: str, key: str) -> None:
    assert names(as_keys([field(5, tag)])) == [key]


def test_fields_of_one_tag_are_told_apart_by_their_ids_and_the_first_keeps_its_name() -> None:
    before = [field(3, "CIDADE")]
    after = [*before, field(8, "Cidade"), field(9, "cidadé")]
    assert names(as_columns(before)) == ["cf_cidade"]
    assert names(as_columns(after)) == ["cf_cidade", "cf_cidade_8", "cf_cidade_9"]


def test_a_name_that_a_later_field_has_by_itself_is_not_given_twice() -> None:
    fields = [field(3, "A"), field(7, "A_9"), field(9, "A")]
    assert names(as_columns(fields)) == ["cf_a", "cf_a_9", "cf_a_9_2"]


def test_an_amount_takes_its_currency_along_to_another_name() -> None:
    fields = [field(3, "PRICE_CURRENCY"), field(9, "PRICE", "currency")]
    assert names(as_columns(fields)) == ["cf_price_currency", "cf_price_9", "cf_price_9_currency"]


def test_a_column_that_the_stream_has_anyway_keeps_its_name() -> None:
    assert names(as_columns([field(4, "KEY")], taken=["CF_Key"])) == ["cf_key_4"]


@pytest.mark.parametrize(("kind", "longest"), [("text", 63), ("currency", 54)])
def test_a_long_name_is_cut_before_its_id(kind: str, longest: int) -> None:
    fits, long = field(1, "A" * (longest - 3), kind), field(12, "A" * (longest - 2), kind)
    short_name, *_ = names(as_columns([fits]))
    long_name, *currency = names(as_columns([long]))
    assert short_name == "cf_" + "a" * (longest - 3)
    assert long_name == "cf_" + "a" * (longest - 6) + "_12"
    assert all(len(name) <= 63 for name in [long_name, *currency])


@given(FIELDS, st.lists(st.text(max_size=5)))
def test_names_are_unique_without_regard_to_case_and_short(
    fields: list[FieldDefinition], taken: list[str]
) -> None:
    given_names = names(as_columns(fields, taken))
    folded = [name.casefold() for name in given_names]
    assert len(set(folded)) == len(folded)
    assert not set(folded) & {name.casefold() for name in taken}
    assert all(len(name.encode()) <= 63 and name.startswith("cf_") for name in given_names)
    keys = [name.casefold() for name in names(as_keys(fields))]
    assert len(set(keys)) == len(keys)


@given(FIELDS)
def test_names_stay_when_titles_change_and_when_a_later_field_is_added(
    fields: list[FieldDefinition],
) -> None:
    renamed = [FieldDefinition(one.id, one.tag, "renamed", one.kind) for one in fields]
    assert names(as_columns(renamed)) == names(as_columns(fields))
    last = max((one.id for one in fields), default=0) + 1
    longer = [*fields, field(last, fields[0].tag if fields else "A", "currency")]
    assert names(as_columns(longer))[: len(names(as_columns(fields)))] == names(as_columns(fields))


@given(FIELDS)
def test_a_catalog_is_read_as_it_was_written(fields: list[FieldDefinition]) -> None:
    named = as_columns(fields)
    columns = tuple(column for one in named for column in one.columns)
    known, unknown = as_in_catalog(fields, (), object_schema(columns)["properties"])
    assert unknown == []
    assert [(one.name, one.meaning, one.currency_name) for one in known] == [
        (one.name, one.meaning, one.currency_name) for one in named
    ]


def test_a_catalog_that_is_older_keeps_its_types_and_names_what_it_lacks() -> None:
    columns = as_columns([field(1, "AGE", "number"), field(2, "PRICE", "currency")])
    schema = object_schema(tuple(column for one in columns for column in one.columns))
    now = [field(1, "AGE", "text"), field(2, "PRICE", "text"), field(3, "NEW")]
    known, unknown = as_in_catalog(now, (), schema["properties"])
    assert [(one.name, one.meaning, one.currency_name) for one in known] == [
        ("cf_age", "number", None),
        ("cf_price", "money", "cf_price_currency"),
    ]
    assert unknown == [field(3, "NEW")]


def test_columns_are_described_by_the_titles_of_their_fields() -> None:
    named = as_columns([field(4, "PRECO", "currency", "Preço"), field(5, "", "listbox")])
    assert [(column.meaning, column.items) for one in named for column in one.columns] == [
        ("integer", None),
        ("text", None),
        ("array", "text"),
    ]
    assert [column.description for one in named for column in one.columns] == [
        'Custom field "Preço" (currency, id 4). In cents.',
        'Currency of: Custom field "Preço" (currency, id 4).',
        'Custom field "5" (listbox, id 5).',
    ]
