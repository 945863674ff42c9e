"""Stream maps: they are for the streams that are selected, whatever pattern names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("maps", "loaded"),
    [
        # Of streams that are not selected.
        ({"users": {"name": "username"}}, {"tags": {"id", "tag"}}),
        ({"users": {"__alias__": "people"}}, {"tags": {"id", "tag"}}),
        ({"users": {"__key_properties__": ["email"]}}, {"tags": {"id", "tag"}}),
        ({"users": {"name": "no_such_property"}}, {"tags": {"id", "tag"}}),
        ({"users": None}, {"tags": {"id", "tag"}}),
        ({"people": {"__source__": "users", "name": "username"}}, {"tags": {"id", "tag"}}),
        ({"no_such_stream": {"name": "1"}}, {"tags": {"id", "tag"}}),
        # Of one that is.
        ({"*": {"account": "'ours'"}}, {"tags": {"id", "tag", "account"}}),
        ({"tags": {"__alias__": "labels"}}, {"labels": {"id", "tag"}}),
        ({"tags": {"label": "tag", "__else__": None, "id": "id"}}, {"tags": {"id", "label"}}),
        ({"__else__": None, "users": {"name": "username"}}, {}),
    ],
)
def test_map_applies_to_what_is_selected(
    serve: Callable[..., Sandbox], maps: dict[str, Any], loaded: dict[str, set[str]]
) -> None:
    sandbox = serve()
    output = sync(sandbox, ["tags"], stream_maps=maps)
    assert set(output.records) == set(loaded)
    for stream, properties in loaded.items():
        assert properties <= set(output.records[stream][0])
        assert len(output.records[stream]) == sandbox.account.count("tags")
