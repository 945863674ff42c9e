"""Fixtures of the inbox's tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from target_activecampaign.inbox.store import Store
from tests.end_to_end.conftest import unavailable_unless
from tests.inbox.server import InboxProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty schema of a PostgreSQL database."""
    server = os.environ.get(
        "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
    )
    engine = sa.create_engine(server, connect_args={"connect_timeout": 2})
    schema = f"inbox_{os.urandom(6).hex()}"
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
    except sa.exc.OperationalError:
        unavailable_unless(
            available=False,
            requirement="REQUIRE_POSTGRES",
            reason="no PostgreSQL server answers; set TEST_POSTGRES_URL to one",
        )
    yield f"{server}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def inbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for an inbox: a file always, and a schema where a server answers."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'inbox.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(inbox_url: str) -> Iterator[Store]:
    """An empty inbox."""
    opened = Store(inbox_url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def inbox(inbox_url: str, tmp_path: Path) -> InboxProcess:
    """A receiver that has not been started."""
    return InboxProcess(tmp_path, {"inbox_url": inbox_url, "data_dir": str(tmp_path / "data")})


@pytest.fixture
def file_inbox(tmp_path: Path) -> InboxProcess:
    """A receiver that keeps postbacks in a file, and has not been started."""
    return InboxProcess(tmp_path, {"data_dir": str(tmp_path / "data")})
