"""What the worst account holds can be loaded: real PostgreSQL and DuckDB take every record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.answers import AnswerServer, body, rows
from tests.demo.meltano import is_installed, plugin_python
from tests.demo.warehouses import SCHEMA, DuckDB
from tests.end_to_end.conftest import unavailable_unless
from tests.tap.runs import catalog_of

if TYPE_CHECKING:
    from tests.demo.warehouses import Warehouse
    from tests.end_to_end import postgres

pytestmark = [pytest.mark.meltano, pytest.mark.slow]

TAP = Path(sys.executable).with_name("tap-activecampaign")
STREAMS = ("contacts", "custom_object_records", "deals", "tags")
KINDS = "11111111-1111-4111-8111-111111111111"

TEXTS = [
    "A\0B",
    "\0",
    "cut \ud83d",
    "\ude00 cut",
    "\udc00\ud800",
    "😀",
    "\x01\x1f\x7f\x85\u2028\ufeff",
    "quotes ' \" \\ \\N $$ ; -- \t\r\n",
    "\\u0000",
    "e\u0301" * 300,
    "x" * 100_000,
]
MOMENTS = [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "-0001-11-30T00:00:00-06:00",
    "0000-00-00 00:00:00",
    "20107-01-01 00:00:00",
    "2024-02-30 00:00:00",
    "2024-12-31T23:59:60Z",
    "1536771230",
]
NUMBERS: list[Any] = [
    2**31,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64,
    10**30,
    str(2**63 - 1),
    str(10**30),
    1e300,
    "1e400",
    "9" * 500,
    -0.0,
]
ODD: list[Any] = [*TEXTS, *MOMENTS, *NUMBERS, [], {}, [None], {"id": None}, False, "", [[{}]]]
UNUSABLE_KEYS: list[Any] = [None, "", "x", [], {}, 2**63, 1.5, "1e3"]


def contact(number: Any, **odd: Any) -> dict[str, Any]:
    return {
        "id": number,
        "email": f"person{number}@example.com",
        "firstName": "A",
        "cdate": "2024-01-01T00:00:00-06:00",
        "udate": "2024-02-01T00:00:00-06:00",
        "orgid": "0",
        "bounced_hard": "0",
        "deleted": "0",
        "contactTags": ["1"],
        **odd,
    }


PLACES = ("email", "firstName", "udate", "adate", "orgid", "ip", "deleted", "contactTags", "ua")
CONTACTS = [
    *(
        contact(str(number), **{place: value})
        for number, (place, value) in enumerate(
            ((place, value) for place in PLACES for value in ODD), start=1
        )
    ),
    *(contact(key) for key in UNUSABLE_KEYS),
]
USABLE = len(PLACES) * len(ODD)
DEALS = [
    {"id": str(number), "title": value, "value": value, "mdate": value, "percent": value}
    for number, value in enumerate(ODD, start=1)
]
RECORDS = [
    {
        "id": f"record-{number}",
        "schemaId": KINDS,
        "createdTimestamp": value,
        "updatedTimestamp": "2024-02-01T00:00:00.000Z",
        "fields": [{"id": "a", "value": value}, {"id": "b", "value": {"deep": [value]}}],
        "relationships": {"c": [value]},
    }
    for number, value in enumerate(ODD)
]
TAGS = [{"id": key, "tag": "A\0B"} for key in ["1", None, None, "4"]]


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the tap writes of such an account."""
    folder = tmp_path_factory.mktemp("worst")
    kinds = [{"id": KINDS, "slug": "kind", "updatedTimestamp": "2024-02-01T00:00:00.000Z"}]
    account = AnswerServer(
        {
            "contacts": rows("contacts", CONTACTS),
            "deals": rows("deals", DEALS),
            "tags": rows("tags", TAGS),
            "customObjects/schemas": rows("schemas", kinds),
            f"customObjects/records/{KINDS}": rows("records", RECORDS),
            "users/me": body({"user": {"id": "1"}}),
        }
    )
    with account:
        config = {
            "api_url": account.url,
            "api_token": account.token,
            "requests_per_second": 1000,
            "max_retries": 1,
        }
        files = {"config": config, "catalog": catalog_of(config, STREAMS)}
        arguments: list[str | Path] = [TAP]
        for name, content in files.items():
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", path]
        done = subprocess.run(arguments, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done.stdout


def loaded(warehouse: Warehouse, config: dict[str, Any], messages: bytes, folder: Path) -> None:
    path = folder / "target.json"
    path.write_text(json.dumps(config))
    program = plugin_python("loaders", warehouse.loader).with_name(warehouse.loader)
    done = subprocess.run(
        [program, "--config", path], input=messages, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    keys = warehouse.keys({"contacts": ("id",), "deals": ("id",), "tags": ("id",)})
    assert sorted(keys["contacts"]) == [(number,) for number in range(1, USABLE + 1)]
    assert sorted(keys["deals"]) == [(number,) for number in range(1, len(ODD) + 1)]
    assert sorted(keys["tags"]) == [(1,), (4,)]
    (objects,) = warehouse.keys({"custom_object_records": ("id",)}).values()
    assert sorted(objects) == sorted((f"record-{number}",) for number in range(len(ODD)))
    assert warehouse.value("tags", 1, "tag") == "AB"
    first_names = len(ODD) * PLACES.index("firstName")
    for text, kept in (("A\0B", "AB"), ("cut \ud83d", "cut \ufffd"), ("😀", "😀")):
        number = first_names + ODD.index(text) + 1
        assert warehouse.value("contacts", number, "first_name") == kept
    largest = len(ODD) * PLACES.index("orgid") + ODD.index(2**63 - 1) + 1
    assert warehouse.value("contacts", largest, "orgid") == 2**63 - 1


@pytest.mark.postgres
def test_postgres_takes_every_record(
    schema: postgres.Postgres, messages: bytes, tmp_path: Path
) -> None:
    loaded(schema, schema.config(), messages, tmp_path)


def test_duckdb_takes_every_record(messages: bytes, tmp_path: Path) -> None:
    unavailable_unless(
        is_installed("loaders", "target-duckdb"), "REQUIRE_DUCKDB", "target-duckdb is not installed"
    )
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    config = {"filepath": str(warehouse.place), "default_target_schema": SCHEMA}
    loaded(warehouse, config, messages, tmp_path)
