"""Whether `ticto-inbox serve` shows the panel, and what it says of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from target_activecampaign.inbox import cli
from target_activecampaign.inbox.settings import InboxSettings
from target_activecampaign.inbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("host", "password", "path", "is_served", "told"),
    [
        ("127.0.0.1", None, "/ticto", True, ""),
        ("::1", None, "/ticto", True, ""),
        ("0.0.0.0", None, "/ticto", False, "it needs the setting panel_password"),  # noqa: S104
        ("::", None, "/ticto", False, "it needs the setting panel_password"),
        ("0.0.0.0", "a password", "/ticto", True, ""),  # noqa: S104
        ("127.0.0.1", None, "/", True, "is also a page of the panel"),
        ("127.0.0.1", None, "/orders", True, "is also a page of the panel"),
    ],
)
def test_the_panel_is_served_where_it_may_be(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    host: str,
    password: str | None,
    path: str,
    is_served: bool,
    told: str,
) -> None:
    settings = InboxSettings(
        inbox_url=f"sqlite:///{tmp_path / 'inbox.db'}",
        data_dir=tmp_path,
        host=host,
        path=path,
        panel_password=password,
    )
    store = Store(settings.inbox_url, create=True)
    with caplog.at_level(logging.WARNING):
        panel = cli._panel(settings, store, "http://address/")  # noqa: SLF001
    if panel is not None:
        panel.close()
    store.close()
    assert (panel is not None) is is_served
    assert told in caplog.text
    assert bool(told) is bool(caplog.text)
