"""No table or column of the catalog is one that BigQuery or Snowflake refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_activecampaign.tap import TapActiveCampaign
from tests.tap.warehouse_rules import BIGQUERY, SNOWFLAKE, WarehouseRules

WHOLE_CATALOG = TapActiveCampaign(config={}, validate_config=False).catalog_dict
SCHEMAS: dict[str, dict[str, Any]] = {
    entry["tap_stream_id"]: entry["schema"]
    for entry in json.loads(json.dumps(WHOLE_CATALOG))["streams"]
}
WAREHOUSES = {"BigQuery": BIGQUERY, "Snowflake": SNOWFLAKE}
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "meltano"
every_warehouse = pytest.mark.parametrize("warehouse", WAREHOUSES)


@every_warehouse
def test_no_table_is_refused(warehouse: str) -> None:
    rules = WAREHOUSES[warehouse]
    assert [one for name, schema in SCHEMAS.items() for one in rules.problems(name, schema)] == []


def test_table_names_do_not_differ_by_case_only() -> None:
    assert len({name.lower() for name in SCHEMAS}) == len(SCHEMAS)


@every_warehouse
def test_words_that_a_query_must_quote_are_told(warehouse: str) -> None:
    rules = WAREHOUSES[warehouse]
    columns = {
        f"{name}.{column}" for name, schema in SCHEMAS.items() for column in rules.to_quote(schema)
    }
    tables = {name for name in SCHEMAS if name.upper() in rules.reserved}
    text = (EXAMPLES / f"{warehouse.lower()}.yml").read_text(encoding="utf-8")
    told = re.search(r"^# Quote in queries: (.*?)[.]$", text, re.MULTILINE | re.DOTALL)
    assert told is not None
    assert set(re.findall(r"[\w.]+", told[1].replace("#", " "))) == columns | tables


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yml")), ids=lambda path: path.stem)
def test_an_example_selects_streams_and_names_settings_that_there_are(path: Path) -> None:
    (tap,) = yaml.safe_load(path.read_text(encoding="utf-8"))["plugins"]["extractors"]
    assert {rule.removesuffix(".*") for rule in tap["select"]} <= set(SCHEMAS)
    settings = TapActiveCampaign.config_jsonschema["properties"]
    assert {setting["name"] for setting in tap["settings"]} <= set(settings)


TEXT = {"type": ["string", "null"]}
REFUSED = {
    "a space": {"first name": TEXT},
    "a digit first": {"2nd": TEXT},
    "an accent": {"situação": TEXT},
    "too long": {"a" * 301: TEXT},
    "the same but for case": {"name": TEXT, "Name": TEXT},
    "no type": {"any": {}},
    "two types": {"id": {"type": ["integer", "string"]}},
    "a choice": {"id": {"type": "string", "anyOf": []}},
    "an unknown format": {"id": {"type": "string", "format": "time"}},
    "an array of anything": {"ids": {"type": "array"}},
    "an array of arrays": {"ids": {"type": "array", "items": {"type": "array", "items": TEXT}}},
    "within an object": {"owner": {"type": "object", "properties": {"first name": TEXT}}},
}


@pytest.mark.parametrize("properties", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("rules", WAREHOUSES.values(), ids=WAREHOUSES)
def test_the_rules_find_what_is_refused(rules: WarehouseRules, properties: dict[str, Any]) -> None:
    assert list(rules.problems("things", {"properties": properties}))


@pytest.mark.parametrize(
    ("rules", "column"),
    [(BIGQUERY, "_partition_time"), (BIGQUERY, "_file_name"), (SNOWFLAKE, "current_date")],
)
def test_words_that_name_no_column_are_refused(rules: WarehouseRules, column: str) -> None:
    assert list(rules.problems("things", {"properties": {column: TEXT}}))
    assert list(rules.problems("things", {"properties": {f"a_{column}": TEXT}})) == []
