"""What a pace is shared in: the same of each kind of server that answers here."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from tap_activecampaign.api import SettingsError
from tap_activecampaign.api.pace_stores import StoreAddress, StoreLostError, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)


@pytest.fixture(
    params=[
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ]
)
def address(request: pytest.FixtureRequest) -> Iterator[StoreAddress]:
    """A server that answers; in PostgreSQL a schema without a table."""
    if request.param == "redis":
        redis = StoreAddress.from_setting(REDIS_URL)
        skip_unless_it_answers(redis)
        yield redis
        return
    server = StoreAddress.from_setting(POSTGRES_URL)
    try:
        connection = psycopg.connect(server.url, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL server answers; set TEST_POSTGRES_URL to one")
    schema = f"pace_{uuid4().hex[:12]}"
    connection.execute(f"CREATE SCHEMA {schema}".encode())
    yield StoreAddress.from_setting(f"{server.url}?options=-csearch_path%3D{schema}")
    connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    connection.close()


def skip_unless_it_answers(address: StoreAddress) -> None:
    try:
        open_store(address).close()
    except StoreLostError:
        pytest.skip(f"no server answers: {address.place}; set TEST_REDIS_URL to one")


def test_a_value_is_replaced_only_by_who_has_read_it(address: StoreAddress) -> None:
    one, other = open_store(address), open_store(address)
    key = f"tests:{uuid4().hex}"
    assert one.read(key).text is None
    assert one.replace(key, None, "first")
    assert not other.replace(key, None, "second")
    assert other.read(key).text == "first"
    assert other.replace(key, "first", "third")
    assert not one.replace(key, "first", "fourth")
    assert one.read(key).text == "third"
    one.close()
    other.close()


def test_of_many_who_have_read_the_same_one_replaces_it(address: StoreAddress) -> None:
    key = f"tests:{uuid4().hex}"

    def count(_: int) -> None:
        store = open_store(address)
        done = 0
        while done < 20:
            text = store.read(key).text
            done += store.replace(key, text, str(int(text or 0) + 1))
        store.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))
    store = open_store(address)
    assert store.read(key).text == "80"
    store.close()


def test_the_time_is_that_of_the_server_and_goes_on(address: StoreAddress) -> None:
    store = open_store(address)
    times = [store.read("tests:time").now for _ in range(20)]
    assert times == sorted(times)
    assert len(set(times)) > 1
    store.close()


def test_a_connection_that_is_closed_is_a_store_that_is_lost() -> None:
    address = StoreAddress.from_setting(POSTGRES_URL)
    try:
        store = open_store(address)
    except StoreLostError:
        pytest.skip("no PostgreSQL server answers; set TEST_POSTGRES_URL to one")
    store.close()
    with pytest.raises(StoreLostError):
        store.read("tests:closed")


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_one_sentence() -> None:
    address = StoreAddress.from_setting("postgresql://postgres@127.0.0.1:5432/no_such_database")
    with pytest.raises(StoreLostError) as lost:
        open_store(address)
    if "refused" in str(lost.value):
        pytest.skip("no PostgreSQL server answers")
    assert 'database "no_such_database" does not exist' in str(lost.value)
    assert "\n" not in str(lost.value)


@pytest.mark.redis
def test_a_wrong_password_is_one_sentence_without_it() -> None:
    skip_unless_it_answers(StoreAddress.from_setting(REDIS_URL))
    place = REDIS_URL.partition("://")[2].rpartition("@")[2]
    address = StoreAddress.from_setting(f"redis://nobody:wr0ng-word@{place}")
    with pytest.raises(StoreLostError, match=r"password") as lost:
        open_store(address)
    assert "wr0ng-word" not in str(lost.value)


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [("redis://host", "redis", "redis"), ("postgresql://host/db", "psycopg", "postgres")],
)
def test_a_package_that_is_missing_is_asked_for_by_its_extra(
    url: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    kind = "redis" if package == "redis" else "postgres"
    monkeypatch.delitem(
        sys.modules, f"tap_activecampaign.api.pace_stores.{kind}_store", raising=False
    )
    with pytest.raises(SettingsError, match=rf"singer-activecampaign\[{extra}\]"):
        open_store(StoreAddress.from_setting(url))
