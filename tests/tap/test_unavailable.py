"""Streams that an account does not permit, and what must not be mistaken for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import (
    AccessDeniedError,
    ApiError,
    BrokenAnswerError,
    InvalidTokenError,
    NotFoundError,
)
from tap_activecampaign.streams import STREAMS
from tests.tap.expected_streams import EXPECTED
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account

    Serve = Callable[..., Sandbox]

SKIPPED = "is skipped"
pytestmark = [pytest.mark.usefixtures("waits"), pytest.mark.slow]


def _asked(sandbox: Sandbox, path: str) -> int:
    return sum(one.path == path for one in sandbox.requests)


@pytest.mark.parametrize(
    ("options", "status"), [({"forbidden": ("tags",)}, 403), ({"not_found": ("tags",)}, 404)]
)
def test_stream_is_skipped_with_one_warning_when_it_stays_unavailable(
    serve: Serve, options: dict[str, Any], status: int
) -> None:
    sandbox = serve(**options)
    output = sync(sandbox, ["lists", "tags", "users"])
    assert {name: len(rows) for name, rows in output.records.items()} == {
        "lists": sandbox.account.count("lists"),
        "tags": 0,
        "users": sandbox.account.count("users"),
    }
    (warning,) = output.logged(SKIPPED, level="WARNING")
    assert "Stream 'tags'" in warning
    assert "permission 'Contacts'" in warning
    assert "unavailable_streams" in warning
    # A 403 may pass, and is believed when it lasts; a 404 is believed at once.
    assert _asked(sandbox, "tags") == (5 if status == 403 else 1)


@pytest.mark.parametrize("kind", ["forbidden", "unauthorized", "not_allowed"])
def test_stream_is_skipped_whichever_way_it_is_denied(serve: Serve, kind: str) -> None:
    sandbox = serve()
    sandbox.faults.next(kind, path="tags", times=None)
    output = sync(sandbox, ["lists", "tags", "users"])
    assert [name for name, rows in output.records.items() if not rows] == ["tags"]
    assert len(output.logged(SKIPPED, level="WARNING")) == 1


@pytest.mark.slow
def test_every_stream_says_which_permission_it_lacks(serve: Serve) -> None:
    paths = {stream.path.partition("/{")[0] for stream in STREAMS} - {"users"}
    sandbox = serve(forbidden=tuple(paths))
    output = sync(sandbox)
    assert {name for name, rows in output.records.items() if rows} == {"users"}
    warnings = Counter(text.split("'")[1] for text in output.logged(SKIPPED, level="WARNING"))
    assert warnings == Counter(set(EXPECTED) - {"users"})
    permissions = {
        text.split("'")[1]: text.partition("the token's user needs ")[2].partition(".")[0]
        for text in output.logged(SKIPPED)
    }
    assert permissions["account_settings"] == "an administrator's key"
    assert permissions["contact_logs"] == "the permission 'Contacts'"
    assert permissions["contact_deals"] == "the permission 'Deals'"
    assert permissions["whatsapp_templates"] == "the permission 'Campaigns'"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"forbidden": ("tags",)}, AccessDeniedError),
        ({"not_found": ("tags",)}, NotFoundError),
    ],
)
def test_unavailable_stream_fails_the_run_when_asked_to(
    serve: Serve, options: dict[str, Any], error: type[ApiError]
) -> None:
    with pytest.raises(error, match="GET tags"):
        sync(serve(**options), ["tags"], unavailable_streams="fail")


def test_stream_is_read_when_a_denial_passes(serve: Serve, waits: list[float]) -> None:
    sandbox = serve()
    sandbox.faults.next("forbidden", path="tags", times=3)
    output = sync(sandbox, ["tags"])
    assert len(output.records["tags"]) == sandbox.account.count("tags")
    assert output.logged(SKIPPED) == []
    assert len(waits) == 3


def test_denial_in_the_middle_of_a_stream_is_no_reason_to_skip_it(serve: Serve) -> None:
    sandbox = serve()

    def deny_from_now_on(_request: object, _account: Account) -> None:
        sandbox.faults.next("forbidden", path="tags", times=None)

    sandbox.hook(deny_from_now_on)
    with pytest.raises(AccessDeniedError):
        sync(sandbox, ["tags"], page_size=5)


def test_wrong_token_fails_the_run_after_few_requests(serve: Serve) -> None:
    sandbox = serve()
    with pytest.raises(InvalidTokenError, match="Settings > Developer"):
        sync(sandbox, api_token="not-the-token")
    assert len(sandbox.requests) <= 4
    assert {one.status for one in sandbox.requests} == {403}


def test_wrong_token_fails_the_run_when_it_is_answered_401(serve: Serve) -> None:
    sandbox = serve()
    sandbox.faults.next("unauthorized", times=None)
    with pytest.raises(InvalidTokenError, match="Settings > Developer"):
        sync(sandbox)
    assert len(sandbox.requests) <= 4


@pytest.mark.parametrize("unavailable_streams", ["skip", "fail"])
def test_token_that_is_withdrawn_meanwhile_fails_the_run(
    serve: Serve, unavailable_streams: str
) -> None:
    sandbox = serve()

    def withdraw(request: Any, _account: Account) -> None:
        if request.path.endswith("/tags"):
            sandbox.token = "withdrawn"

    sandbox.hook(withdraw)
    with pytest.raises(InvalidTokenError):
        sync(sandbox, ["tags", "users"], unavailable_streams=unavailable_streams)


def test_children_are_skipped_when_their_parents_may_not_be_read(serve: Serve) -> None:
    account = serve(forbidden=("contacts",), not_found=("contactLogs",))
    output = sync(account, ["contact_logs", "users"])
    assert output.records["contact_logs"] == []
    assert output.records["users"] != []
    (warning,) = output.logged(SKIPPED, level="WARNING")
    assert "'contact_logs'" in warning


def test_children_of_a_parent_that_is_deleted_meanwhile_are_no_reason_to_stop(
    serve: Serve,
) -> None:
    sandbox = serve(not_found=("trackingLogs",))
    logs = sandbox.account.rows("trackingLogs")
    gone = str(logs[0]["subscriberid"])

    def delete(request: Any, account: Account) -> None:
        if request.path.endswith("/trackingLogs") and account.collection("contacts").key_of(gone):
            account.delete("contacts", gone)

    sandbox.hook(delete)
    output = sync(sandbox, ["contact_tracking_logs"])
    contacts = {str(record["contact"]) for record in output.records["contact_tracking_logs"]}
    assert contacts == {str(row["subscriberid"]) for row in logs} - {gone}
    assert output.logged(SKIPPED) == []


def test_body_without_its_rows_is_read_again(serve: Serve) -> None:
    sandbox = serve()
    sandbox.faults.next("missing_key", path="tags", times=2)
    output = sync(sandbox, ["tags"])
    assert len(output.records["tags"]) == sandbox.account.count("tags")
    assert _asked(sandbox, "tags") == 3


@pytest.mark.parametrize("name", ["tags", "contacts", "audiences", "whatsapp_templates", "fields"])
def test_body_that_never_holds_its_rows_is_not_an_empty_stream(serve: Serve, name: str) -> None:
    stream = "contact_custom_fields" if name == "fields" else name
    sandbox = serve()
    path = next(one.path for one in STREAMS if vars(one)["name"] == stream)
    sandbox.faults.next("missing_key", path=path, times=None)
    with pytest.raises(BrokenAnswerError, match=path):
        sync(sandbox, [stream], max_retries=2)
    assert _asked(sandbox, path) == 3


@pytest.mark.slow
def test_run_is_complete_when_one_answer_in_five_is_broken(serve: Serve) -> None:
    sandbox = serve()
    kinds = ("status_500", "status_502", "status_503", "reset", "truncated", "html", "empty")
    sandbox.faults.rate(0.2, kinds, seed=3)
    output = sync(sandbox, page_size=10)
    assert sandbox.faults.count > 30
    for stream, collection in {"contacts": "contacts", "tags": "tags", "deals": "deals"}.items():
        ids = [str(record["id"]) for record in output.records[stream]]
        assert sorted(ids) == sorted(str(row["id"]) for row in sandbox.account.rows(collection))
    assert set(output.records) == set(EXPECTED)
    assert output.logged(SKIPPED) == []
