"""The target against an account whose answers break."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.reliability.bad_days import ALL_AT_ONCE, MENDED, on_each
from tests.reliability.target_process import bad_day, good_day

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

DAYS = (*MENDED, ALL_AT_ONCE)


@pytest.mark.parametrize("mode", ["direct", "bulk"])
def test_every_effect_happens_once_when_answers_break(mode: str, tmp_path: Path) -> None:
    good = good_day(mode, tmp_path / "good")
    assert ("buyer1@example.com", "automation", "Boas-vindas") in good
    live = partial(bad_day, mode=mode, folder=tmp_path, wanted=good)
    verdicts = on_each(DAYS, live)
    assert {name: verdict for name, verdict in verdicts.items() if not verdict.is_good} == {}
