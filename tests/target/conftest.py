"""Fixtures of the target's tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.sandbox import Sandbox
from tests.target.support import wait_by_its_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account without a limit, whose imports are quick and waited for by its own clock."""
    with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as account:
        wait_by_its_clock(account, monkeypatch)
        yield account


@pytest.fixture(params=["direct", "bulk"])
def delivery(request: pytest.FixtureRequest) -> str:
    """Both ways of delivery, which must come to the same."""
    return str(request.param)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty ledger: a file always, and a PostgreSQL schema where a server answers."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shared.db'}"
        return
    server = os.environ.get(
        "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
    )
    engine = sa.create_engine(server, connect_args={"connect_timeout": 2})
    schema = f"ledger_{os.urandom(6).hex()}"
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server answers; set TEST_POSTGRES_URL to one")
    yield f"{server}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()
