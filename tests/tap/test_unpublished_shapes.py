"""Collections whose shape ActiveCampaign does not publish: whatever they look like is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.streams import STREAMS
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.stream_types.base import ActiveCampaignStream
    from tests.sandbox import Sandbox

BY_NAME: dict[str, type[ActiveCampaignStream]] = {
    str(vars(stream)["name"]): stream for stream in STREAMS
}
UNPUBLISHED = sorted(name for name, stream in BY_NAME.items() if stream.keeps_rows_as_sent)

ROWS: list[dict[str, Any]] = [{"id": "1", "contact": "2"}]


def _collection(name: str) -> ActiveCampaignStream:
    """Return a stream without what the SDK needs: its collection only."""
    return BY_NAME[name].__new__(BY_NAME[name])


def test_there_are_such_collections_and_their_descriptions_say_so() -> None:
    assert len(UNPUBLISHED) == 8
    for name in UNPUBLISHED:
        assert "not proven" in BY_NAME[name].description()


@pytest.mark.parametrize("name", UNPUBLISHED)
@pytest.mark.parametrize(
    ("body", "rows"),
    [
        pytest.param({"somethingElse": ROWS, "meta": {"total": "1"}}, ROWS, id="another-key"),
        pytest.param({"somethingElse": []}, [], id="another-key-without-rows"),
        pytest.param({"one": ROWS, "two": []}, None, id="two-arrays"),
        pytest.param({"meta": {"total": "1"}}, None, id="no-array"),
        pytest.param([], None, id="no-object"),
    ],
)
def test_the_one_array_of_a_body_is_taken(
    name: str, body: Any, rows: list[dict[str, Any]] | None
) -> None:
    collection = _collection(name)
    assert collection.accepts(body) == (rows is not None)
    if rows is not None:
        assert [row["as_sent"] for row in collection.page_rows(body)] == rows


@pytest.mark.parametrize("name", ["contacts", "tags", "contact_tags"])
def test_another_key_is_refused_where_the_shape_is_published(name: str) -> None:
    assert not _collection(name).accepts({"somethingElse": ROWS})


def test_columns_of_other_names_are_kept_in_the_whole_row(serve: Callable[..., Sandbox]) -> None:
    sandbox = serve()
    made = sandbox.account.collection("contactLogs")
    key = made.key_at(0)
    made.keep(key, {"id": str(key), "survivor": "4", "when": "2026-01-02", "links": {}})
    (record, *_) = sync(sandbox, ["contact_logs"]).records["contact_logs"]
    assert record["contact"] is None
    assert record["as_sent"] == {"id": str(key), "survivor": "4", "when": "2026-01-02", "links": {}}
