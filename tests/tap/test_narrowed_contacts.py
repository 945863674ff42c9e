"""A server that returns contacts of one status only, whatever is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.api.wire import echoed_status
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

WARNING = "contacts of status"


def test_contacts_of_every_status_are_asked_for(serve: Callable[..., Sandbox]) -> None:
    sandbox = serve(contacts=60)
    output = sync(sandbox, ["contacts"], page_size=10)
    assert len(output.records["contacts"]) == 60
    assert {request.query["status"] for request in sandbox.requests} == {"-1"}
    assert output.logged(WARNING, level="WARNING") == []


def test_a_server_that_narrows_contacts_is_reported_once(serve: Callable[..., Sandbox]) -> None:
    output = sync(serve(contacts=60, contacts_status="1"), ["contacts"], page_size=10)
    assert 0 < len(output.records["contacts"]) < 60
    (warning,) = output.logged(WARNING, level="WARNING")
    assert "status 1 only" in warning


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"meta": {"page_input": {"status": -1}}}, "-1"),
        ({"meta": {"page_input": {"status": "1"}}}, "1"),
        ({"meta": {"page_input": {"status": None}}}, None),
        ({"meta": {"page_input": []}}, None),
        ({"meta": {}}, None),
        ({"meta": []}, None),
        ({}, None),
        ([], None),
    ],
)
def test_the_echo_is_read_where_it_is_there(body: object, status: str | None) -> None:
    assert echoed_status(body) == status
