from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.sideload.member import Member
from tap_activecampaign.sideload.spool import Spool, SpoolError
from tap_activecampaign.tap import TapActiveCampaign

if TYPE_CHECKING:
    from tap_activecampaign.sideload.member import Rider

pytestmark = pytest.mark.slow

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BATCHES = st.lists(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=4), max_size=6)


@given(before=BATCHES, after=BATCHES, taken=st.integers(0, 6))
def test_batches_come_back_in_the_order_in_which_they_were_added(
    before: list[list[dict[str, Any]]], after: list[list[dict[str, Any]]], taken: int
) -> None:
    spool = Spool()
    try:
        for batch in before:
            spool.append(batch)
        found = [spool.pop() for _ in range(min(taken, len(before)))]
        for batch in after:
            spool.append(batch)
        found += [spool.pop() for _ in range(len(spool))]
        assert found == before + after
        assert spool.size_bytes == 0
    finally:
        spool.close()


def test_the_file_is_the_owners_alone_and_has_no_name() -> None:
    spool = Spool()
    spool.append([{"id": 1}])
    assert spool._file is not None  # noqa: SLF001 - what a test of the file is about
    held = os.fstat(spool._file.fileno())  # noqa: SLF001
    assert stat.S_IMODE(held.st_mode) == 0o600
    assert held.st_nlink == 0
    spool.close()


def test_room_is_used_again_once_everything_was_taken() -> None:
    spool = Spool()
    for _ in range(5):
        spool.append([{"id": number} for number in range(100)])
        size = spool.size_bytes
        spool.pop()
    assert spool.size_bytes == 0
    assert size < 5_000
    spool.close()


def test_a_disk_that_is_full_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(SpoolError, match="cannot be written: No space left on device"):
        Spool().append([{"id": 1}])


def test_a_round_is_not_over_while_its_last_batch_is_being_emitted() -> None:
    tap = TapActiveCampaign(config={"api_url": "http://127.0.0.1:1", "api_token": "unused"})
    member = Member(cast("Rider", tap.streams["contact_tags"]), None)
    for row_id in (1, 2):
        member.keep([{"id": row_id}])
    member.begin_round(Mock())
    batches = member.waiting_in_round()
    assert [next(batches), next(batches)] == [[{"id": 1}], [{"id": 2}]]
    # What fails now was not emitted.
    assert member.is_in_round
    assert list(batches) == []
    assert not member.is_in_round
    member.spool.close()
