"""A body whose answer was lost is kept once; one that was answered is kept again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from target_activecampaign.inbox.doubts import Doubts, SignOfLife
from target_activecampaign.inbox.errors import InboxSettingsError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_doubt_is_settled_once() -> None:
    doubts = Doubts()
    doubts.add("a")
    assert doubts.settle("a")
    assert not doubts.settle("a")
    assert not doubts.settle("b")


def test_a_doubt_ends_after_an_hour() -> None:
    now = [100.0]
    doubts = Doubts(clock=lambda: now[0])
    doubts.add("a")
    doubts.add("b")
    now[0] += 3599
    assert doubts.settle("a")
    now[0] += 2
    assert not doubts.settle("b")


def test_doubts_are_bounded_and_the_oldest_go_first() -> None:
    doubts = Doubts()
    for number in range(20_005):
        doubts.add(str(number))
    assert not doubts.settle("4")
    assert doubts.settle("5")
    assert doubts.settle("20004")


def test_the_next_receiver_sees_whether_the_last_one_was_killed(tmp_path: Path) -> None:
    first = SignOfLife(tmp_path)
    assert first.killed_after is None
    first.give()
    killed = SignOfLife(tmp_path).killed_after
    assert killed is not None
    assert time.time() - 70 < killed < time.time() - 50
    first.end()
    assert SignOfLife(tmp_path).killed_after is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InboxSettingsError, match="The setting data_dir"):
        SignOfLife(tmp_path).give()


def test_a_directory_that_is_gone_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InboxSettingsError, match="The setting data_dir"):
        SignOfLife(tmp_path / "gone").give()
