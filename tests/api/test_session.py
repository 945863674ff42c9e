"""Requests to an account that fails in every way it is known to fail."""

from __future__ import annotations

import logging
import socket
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import (
    AccessDeniedError,
    ApiError,
    ApiRequest,
    BrokenAnswerError,
    InvalidTokenError,
    NotFoundError,
    RateLimitedError,
    RequestRefusedError,
    ServerFaultError,
    UnreachableError,
)
from tests.sandbox import Sandbox
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.api import ApiSession
    from tests.api.conftest import Scripted

    Connect = Callable[..., ApiSession]
    Serve = Callable[..., Scripted]

pytestmark = pytest.mark.usefixtures("waits")


PERSONAL = {"email_like": "ana@example.com"}


def _has_tags(body: Any) -> bool:
    return "tags" in body


# Kind of fault, options of the sandbox, and the error when it lasts.
PASSING: list[tuple[str, dict[str, Any], type[ApiError]]] = [
    ("status_429", {"retry_after": 0}, RateLimitedError),
    ("status_500", {}, ServerFaultError),
    ("status_502", {}, ServerFaultError),
    ("status_503", {}, ServerFaultError),
    ("reset", {}, UnreachableError),
    ("timeout", {"hang_seconds": 5}, UnreachableError),
    ("truncated", {}, BrokenAnswerError),
    ("truncated_length", {}, UnreachableError),
    ("html", {}, BrokenAnswerError),
    ("empty", {}, BrokenAnswerError),
    ("missing_key", {}, BrokenAnswerError),
    ("forbidden", {}, AccessDeniedError),
]
fault_kinds = pytest.mark.parametrize(
    ("kind", "options", "error"), PASSING, ids=[kind for kind, _, _ in PASSING]
)


@fault_kinds
def test_get_when_a_fault_passes_is_answered(
    connect: Connect,
    sandbox: Sandbox,
    waits: list[float],
    kind: str,
    options: dict[str, Any],
    error: type[ApiError],
) -> None:
    del error
    sandbox.faults.next(kind, path="tags", times=2, **options)
    session = connect(sandbox.url, request_timeout_seconds=0.2)
    body = session.get("tags", {"limit": "3"}, accepts=_has_tags)
    assert [row["id"] for row in body["tags"]] == [
        row["id"] for row in sandbox.account.rows("tags")[:3]
    ]
    assert sandbox.faults.count == 2
    assert sum(one.path == "tags" for one in sandbox.requests) == 3
    assert len(waits) == 2


@fault_kinds
def test_get_when_a_fault_lasts_fails_without_saying_what_was_asked(
    connect: Connect,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    options: dict[str, Any],
    error: type[ApiError],
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox.faults.next(kind, path="tags", times=None, **options)
    session = connect(sandbox.url, max_retries=2, request_timeout_seconds=0.2)
    with pytest.raises(error, match="GET tags") as failed:
        session.get("tags", PERSONAL, accepts=_has_tags)
    assert sum(one.path == "tags" for one in sandbox.requests) == 3
    told = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + caplog.text
    bodies = ("upstream error", "right back", "Too Many Requests")
    for private in (sandbox.token, *PERSONAL, *PERSONAL.values(), "example.com", *bodies):
        assert private not in told


@pytest.mark.parametrize("kind", ["errors_string", "errors_list", "message"])
def test_get_when_refused_is_not_repeated(connect: Connect, sandbox: Sandbox, kind: str) -> None:
    sandbox.faults.next(kind, path="tags", times=None)
    with pytest.raises(RequestRefusedError, match="422") as refused:
        connect(sandbox.url).get("tags")
    assert len(sandbox.requests) == 1
    reasons = ("invalid", "/data/attributes/limit") if kind == "errors_list" else ()
    assert refused.value.reasons == reasons
    assert all(reason in str(refused.value) for reason in reasons)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("status", "error", "part"),
    [
        (400, RequestRefusedError, "status 400"),
        (402, RequestRefusedError, "open payment"),
        (404, NotFoundError, "has no GET tags"),
        (405, NotFoundError, "has no GET tags"),
        (410, NotFoundError, "has no GET tags"),
        (413, RequestRefusedError, "status 413"),
        (422, RequestRefusedError, "status 422"),
    ],
)
def test_refusals_tell_the_status_and_hide_the_body(
    connect: Connect, scripted: Serve, status: int, error: type[ApiError], part: str
) -> None:
    body = {"errors": [{"title": "bruno@example.com is known", "code": "duplicate"}]}
    server = scripted(Reply(status, body))
    with pytest.raises(error, match=part) as refused:
        connect(server.url).get("tags", PERSONAL)
    assert len(server.requests) == 1
    assert "@" not in "".join(traceback.format_exception(refused.value))
    assert refused.value.status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_and_the_token_stays_here(
    connect: Connect, scripted: Serve, status: int
) -> None:
    elsewhere = scripted(Reply(200, {"tags": []}))
    server = scripted(Reply(status, b"", {"Location": f"{elsewhere.url}/api/3/tags"}))
    with pytest.raises(RequestRefusedError, match="redirects GET tags to another address"):
        connect(server.url).get("tags")
    assert elsewhere.requests == []
    assert len(server.requests) == 1


def test_requests_carry_token_and_user_agent(connect: Connect, scripted: Serve) -> None:
    server = scripted(Reply(200, {}))
    connect(server.url, api_token="the-key", user_agent="mine/2").get("users/me")
    (request,) = server.requests
    assert request.headers["api-token"] == "the-key"
    assert request.headers["user-agent"] == "mine/2"
    assert request.path == "/api/3/users/me"


# Writes


def _post(session: ApiSession, **options: Any) -> Any:
    body = {"tag": {"tag": "nova", "tagType": "contact"}}
    return session.send(ApiRequest("POST", "tags", body=body, **options)).body


@pytest.mark.parametrize("kind", ["status_500", "reset", "truncated", "html", "timeout"])
def test_post_is_not_repeated_when_its_answer_is_lost(
    connect: Connect, sandbox: Sandbox, kind: str
) -> None:
    before = sandbox.account.count("tags")
    sandbox.faults.next(kind, path="tags", method="POST", after_effect=True, times=None)
    session = connect(sandbox.url, request_timeout_seconds=0.5)
    with pytest.raises(ApiError):
        _post(session)
    assert len(sandbox.requests) == 1
    assert sandbox.account.count("tags") == before + 1


def test_post_is_repeated_when_the_caller_says_it_may(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.faults.next("status_500", path="contact/sync", method="POST", after_effect=True)
    body = {"contact": {"email": "nova@example.com"}}
    connect(sandbox.url).send(ApiRequest("POST", "contact/sync", body=body, repeatable=True))
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("reply", "requests"),
    [
        (Reply(429, {}, {"Retry-After": "0"}), 2),
        (Reply(503, {}, {"Retry-After": "0"}), 2),
        (Reply(503, {}), 1),
        (Reply(500, {}, {"Retry-After": "0"}), 1),
    ],
    ids=["429", "503 with Retry-After", "503", "500 with Retry-After"],
)
def test_post_is_repeated_when_it_was_certainly_not_carried_out(
    connect: Connect, scripted: Serve, reply: Reply, requests: int
) -> None:
    server = scripted(reply, Reply(201, {"tag": {"id": "1"}}))
    session = connect(server.url)
    if requests == 1:
        with pytest.raises(ServerFaultError):
            _post(session)
    else:
        assert _post(session) == {"tag": {"id": "1"}}
    assert len(server.requests) == requests


def test_post_is_repeated_when_no_connection_was_made(connect: Connect, waits: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(UnreachableError) as failed:
        _post(connect(f"http://127.0.0.1:{port}", max_retries=3))
    assert not failed.value.may_have_happened
    assert len(waits) == 3


def test_delete_without_a_body_is_answered_with_nothing(connect: Connect, scripted: Serve) -> None:
    session = connect(scripted(Reply(204, b"")).url)
    assert session.send(ApiRequest("DELETE", "contactTags/1")).body == {}


LOST = Reply(500, {}, {"Retry-After": "0"})
MADE = Reply(201, {"tag": {"id": "1"}})


@pytest.mark.parametrize(
    ("replies", "looks", "requests"),
    [
        ([MADE], 0, 1),
        ([Reply(429, {}, {"Retry-After": "0"}), MADE], 1, 2),
        ([LOST, MADE], 1, 2),
        ([LOST, LOST, MADE], 2, 3),
    ],
    ids=["made", "429", "lost", "lost twice"],
)
def test_post_looks_before_each_repetition_whether_it_was_carried_out(
    connect: Connect, scripted: Serve, replies: list[Reply], looks: int, requests: int
) -> None:
    server = scripted(*replies)
    looked: list[None] = []
    assert _post(connect(server.url), already_done=lambda: looked.append(None)) == {
        "tag": {"id": "1"}
    }
    assert len(looked) == looks
    assert len([one for one in server.requests if one.method == "POST"]) == requests


def test_post_is_not_repeated_when_it_was_carried_out_already(
    connect: Connect, scripted: Serve
) -> None:
    server = scripted(LOST)
    found = {"tag": {"id": "7"}}
    assert _post(connect(server.url), already_done=lambda: found) == found
    assert len(server.requests) == 1


def test_look_that_fails_for_good_ends_the_request(connect: Connect, scripted: Serve) -> None:
    server = scripted(LOST)
    session = connect(server.url, max_retries=2)
    with pytest.raises(ServerFaultError):
        _post(session, already_done=lambda: session.get("tags"))
    assert [one.method for one in server.requests] == ["POST", "GET", "GET", "GET"]


# Waiting


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0", 0.0), (None, None)])
def test_wait_before_the_next_try_is_what_the_answer_says(
    connect: Connect, scripted: Serve, waits: list[float], header: str | None, seconds: float | None
) -> None:
    headers = {} if header is None else {"Retry-After": header}
    server = scripted(Reply(503, {}, headers), Reply(200, {"tags": []}))
    connect(server.url).get("tags")
    (waited,) = waits
    assert waited == seconds if seconds is not None else 0.25 <= waited <= 0.5


@pytest.mark.slow
def test_account_s_limit_is_never_reached_by_many_threads(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with Sandbox(contacts=20, requests_per_second=20) as sandbox:
        session = connect(sandbox.url, requests_per_second=20)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: session.get("users/me"), range(50)))
        assert Counter(one.status for one in sandbox.requests) == {200: 50}


# Tokens


def test_wrong_token_costs_few_requests(connect: Connect, sandbox: Sandbox) -> None:
    session = connect(sandbox.url, api_token="not-the-token")
    with pytest.raises(InvalidTokenError, match="does not accept the API token") as refused:
        session.get("tags")
    assert len(sandbox.requests) <= 4
    assert "not-the-token" not in str(refused.value)
    assert not session.token_is_proven


def test_token_that_has_worked_is_asked_about_again_when_a_denial_lasts(
    connect: Connect, sandbox: Sandbox
) -> None:
    session = connect(sandbox.url)
    assert not session.token_is_proven
    session.get("lists")
    assert session.token_is_proven
    sandbox.faults.next("forbidden", path="tags", times=None)
    with pytest.raises(AccessDeniedError, match="does not permit GET tags"):
        session.get("tags")
    assert Counter(one.path for one in sandbox.requests) == {"lists": 1, "tags": 5, "users/me": 1}


def test_token_is_asked_about_once_when_the_first_path_is_denied(
    connect: Connect, sandbox: Sandbox
) -> None:
    sandbox.faults.next("forbidden", path="tags", times=None)
    with pytest.raises(AccessDeniedError):
        connect(sandbox.url).get("tags")
    assert Counter(one.path for one in sandbox.requests) == {"users/me": 2, "tags": 5}


def test_token_that_is_withdrawn_is_noticed_at_once_by_a_denial_without_a_body(
    connect: Connect, sandbox: Sandbox
) -> None:
    session = connect(sandbox.url)
    session.get("lists")
    sandbox.token = "another"
    with pytest.raises(InvalidTokenError, match="does not accept the API token"):
        session.get("tags")
    denied = Counter(one.path for one in sandbox.requests if one.status == 403)
    assert denied == {"tags": 1, "users/me": 2}


def test_denial_without_a_body_passes_when_the_token_still_works(
    connect: Connect, sandbox: Sandbox
) -> None:
    session = connect(sandbox.url)
    session.get("lists")
    sandbox.faults.next("bad_token", path="tags")
    assert session.get("tags")["tags"]
    assert Counter(one.path for one in sandbox.requests) == {"lists": 1, "tags": 2, "users/me": 1}


def test_token_that_is_answered_with_a_body_is_as_bad(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.behaviour.bad_token = "message"
    with pytest.raises(InvalidTokenError):
        connect(sandbox.url, api_token="not-the-token").get("tags")
    assert len(sandbox.requests) <= 4
