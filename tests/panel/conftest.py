"""Fixtures of the panel's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.panel.served import ServedPanel, Visitor
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = """\
# Rules of the club
segmentations:
  # everybody who buys
  - title: "Compra aprovada"  # the main one
    Quando o seu Lead… Executar a Ação: Compra aprovada
    list: Alunos
    tags: 'cliente_vip'

  - title: Pix gerado
    event: [pix_created, waiting_payment]
    type: pix
    tags: pix_gerado

integrations:
  - name: Clube
    products: [70020]
    segmentations:
      - title: Renovou
        event: Renovação
        tags: renovou
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An account without a limit."""
    with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as account:
        yield account


@pytest.fixture
def panel(tmp_path: Path, sandbox: Sandbox) -> Iterator[ServedPanel]:
    """A panel with rules, whose main account is the sandbox."""
    target = {"api_url": sandbox.url, "api_token": sandbox.token}
    with ServedPanel(tmp_path / "inbox", target=target, rules=RULES) as served:
        yield served


@pytest.fixture
def visitor(panel: ServedPanel) -> Visitor:
    """A visitor who reads English."""
    return Visitor(panel)
