"""A stream that fails for good keeps no other from being read, and its bookmark stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import AbortedSyncFailedException

from tap_activecampaign.api import (
    AccessDeniedError,
    ApiError,
    BrokenAnswerError,
    InvalidTokenError,
    NotFoundError,
    RequestRefusedError,
    SettingsError,
    UnreachableError,
)
from tap_activecampaign.api.errors import RateLimitedError, ServerFaultError
from tap_activecampaign.failures import StreamFailures, StreamsFailedError, is_unavailable
from tests.tap.runs import catalog_of, config_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

TAP = Path(sys.executable).with_name("tap-activecampaign")
BEFORE = "2019-05-01T00:00:00+00:00"


# Whose trouble it is

PATHS_OWN = [
    AccessDeniedError("denied", status=403),
    NotFoundError("absent", status=404),
    ZeroDivisionError("a stream map divides by zero"),
    KeyError("id"),
]
ASKED_ABOUT = [
    RequestRefusedError("refused", status=400),
    RequestRefusedError("an open payment", status=402),
    RequestRefusedError("redirected", status=302),
    ServerFaultError("failed", status=500),
    RateLimitedError("limit", status=429),
    BrokenAnswerError("HTML", status=200),
    UnreachableError("no answer"),
]
EVERYBODYS = [
    InvalidTokenError("token"),
    SettingsError("setting"),
    BrokenPipeError("the loader has ended"),
    OSError("disk full"),
    MemoryError(),
    AbortedSyncFailedException("enough records"),
]


def name_of(error: Any) -> str:
    status = getattr(error, "status", None)
    return f"{type(error).__name__} {status}" if status else type(error).__name__


@pytest.mark.parametrize("error", PATHS_OWN, ids=name_of)
def test_what_only_a_stream_can_have_met_is_noted_without_a_request(error: Exception) -> None:
    failures = StreamFailures(lambda: pytest.fail("the account was asked"))
    failures.take("tags", error)
    assert failures.errors == {"tags": error}


@pytest.mark.parametrize("error", ASKED_ABOUT, ids=name_of)
def test_what_may_meet_all_streams_is_noted_while_the_account_answers(error: Exception) -> None:
    failures = StreamFailures(lambda: True)
    failures.take("tags", error)
    assert failures.errors == {"tags": error}
    with pytest.raises(type(error)):
        StreamFailures(lambda: False).take("tags", error)


@pytest.mark.parametrize("error", EVERYBODYS, ids=name_of)
def test_what_meets_all_streams_ends_the_run(error: Exception) -> None:
    failures = StreamFailures(lambda: True)
    with pytest.raises(type(error)):
        failures.take("tags", error)
    assert failures.errors == {}


def test_each_failed_stream_is_told_of_in_one_sentence() -> None:
    failures = StreamFailures(lambda: True)
    failures.raise_all()
    failures.take("tags", ServerFaultError("ActiveCampaign failed at GET tags with status 500"))
    try:
        json.loads("no JSON")
    except ValueError as error:
        failures.take("lists", error)
    with pytest.raises(StreamsFailedError) as raised:
        failures.raise_all()
    of_tags, of_lists = raised.value.sentences
    assert "'tags'" in of_tags
    assert "status 500." in of_tags
    assert "'lists'" in of_lists
    assert "JSONDecodeError in decoder.py" in of_lists


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AccessDeniedError("denied", status=401), True),
        (NotFoundError("absent", status=405), True),
        (RequestRefusedError("refused", status=422), True),
        (RequestRefusedError("nothing to read", status=405), True),
        (RequestRefusedError("refused", status=400), False),
        (RequestRefusedError("refused in the body", status=200), False),
        (ServerFaultError("failed", status=500), False),
        (InvalidTokenError("token"), False),
    ],
    ids=lambda value: name_of(value) if isinstance(value, ApiError) else str(value),
)
def test_stream_is_unavailable(error: Exception, expected: bool) -> None:
    assert is_unavailable(error) is expected


# Runs


class Run:
    """A process of the tap, and what came out of it."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        assert "Traceback" not in done.stderr
        self.log = done.stderr.splitlines()
        self.sentences = [line for line in self.log if "| CRITICAL" in line]
        self.rows: dict[str, int] = {}
        self.state: dict[str, Any] = {}
        for line in done.stdout.splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                self.rows[message["stream"]] = self.rows.get(message["stream"], 0) + 1
            elif message["type"] == "STATE":
                self.state = message["value"]["bookmarks"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    def start(
        sandbox: Sandbox, streams: tuple[str, ...], state: dict[str, Any] | None = None, **more: Any
    ) -> Run:
        config = config_of(sandbox, max_retries=1, requests_per_second=1000, **more)
        files = {"config": config, "catalog": catalog_of(config, streams), "state": state or {}}
        arguments: list[str | Path] = [TAP]
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", path]
        return Run(subprocess.run(arguments, capture_output=True, text=True, check=False))

    return start


def bookmark(key: str) -> dict[str, str]:
    return {"replication_key": key, "replication_key_value": BEFORE}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["status_500", "reset", "html", "missing_key", "truncated", "empty"]
)
def test_other_streams_are_read_when_one_fails_for_good(
    serve: Callable[..., Sandbox], run: Callable[..., Run], kind: str
) -> None:
    sandbox = serve()
    sandbox.faults.next(kind, "contacts", times=None)
    state = {"bookmarks": {"contacts": bookmark("udate"), "deals": bookmark("mdate")}}
    done = run(sandbox, ("contacts", "deals", "tags", "users"), state)
    assert done.status == 1
    assert len(done.sentences) == 1
    assert "Stream 'contacts'" in done.sentences[0]
    assert set(done.rows) == {"deals", "tags", "users"}
    assert done.state["contacts"]["replication_key_value"] == BEFORE
    assert done.state["deals"]["replication_key_value"] > BEFORE


@pytest.mark.slow
def test_bookmark_stays_when_a_stream_fails_in_the_middle(
    serve: Callable[..., Sandbox], run: Callable[..., Run]
) -> None:
    sandbox = serve()

    def fail_from_now_on(request: Any, _account: object) -> None:
        if request.path.endswith("/contactTags"):
            sandbox.faults.next("status_500", "contactTags", times=None)

    sandbox.hook(fail_from_now_on)
    state = {"bookmarks": {"contact_tags": bookmark("updated_timestamp")}}
    done = run(
        sandbox,
        ("contact_tags", "tags"),
        state,
        page_size=5,
        max_concurrent_requests=1,
        sideload="off",
    )
    assert done.status == 1
    assert done.rows["contact_tags"] == 5
    assert done.rows["tags"] == sandbox.account.count("tags")
    left = done.state["contact_tags"]
    assert left["replication_key_value"] == BEFORE
    assert "progress_markers" not in left


@pytest.mark.slow
def test_server_that_fails_everywhere_ends_the_run_at_once(
    serve: Callable[..., Sandbox], run: Callable[..., Run]
) -> None:
    sandbox = serve()
    sandbox.faults.next("status_503", times=None)
    done = run(sandbox, ("lists", "tags", "users"), max_concurrent_requests=1)
    assert done.status == 1
    assert len(done.sentences) == 1
    assert done.rows == {}
    # One path twice, what was read ahead, and three times whether the account answers at all.
    assert len([one for one in sandbox.requests if one.path == "users/me"]) == 3
    assert len(sandbox.requests) <= 8


@pytest.mark.slow
def test_stream_map_that_fails_is_its_stream_s_own_trouble(
    serve: Callable[..., Sandbox], run: Callable[..., Run]
) -> None:
    maps = {"tags": {"share": "1 / (id - id)"}}
    done = run(serve(), ("tags", "users"), stream_maps=maps)
    assert done.status == 1
    (sentence,) = done.sentences
    assert "Stream 'tags'" in sentence
    assert "an expression of its stream map failed with ZeroDivisionError" in sentence
    assert set(done.rows) == {"users"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status_500", "path": "tags"}, "GET tags"),
        ({"kind": "status_503"}, "status 503"),
        ({"kind": "html"}, "not JSON"),
        ({"kind": "unauthorized"}, "API token"),
    ],
    ids=["one path fails", "server is down", "HTML everywhere", "wrong token"],
)
def test_test_of_the_connection_ends_in_one_sentence(
    serve: Callable[..., Sandbox], tmp_path: Path, fault: dict[str, Any], words: str
) -> None:
    sandbox = serve()
    sandbox.faults.next(times=None, **fault)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_of(sandbox, max_retries=0, requests_per_second=1000)))
    done = Run(
        subprocess.run(
            [TAP, "--config", config, "--test"], capture_output=True, text=True, check=False
        )
    )
    assert done.status == 1
    assert len(done.sentences) == 1
    assert words in done.sentences[0]
