"""`tap-activecampaign --check` as a user meets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from tap_activecampaign.streams import STREAMS
from tap_activecampaign.tap import TapActiveCampaign
from tests.sandbox import Sandbox
from tests.tap.runs import catalog_of, config_of, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = {
    "stream",
    "path",
    "available",
    "reason",
    "permission",
    "rows",
    "rows_at_least",
    "replication_method",
    "replication_key",
    "later_runs",
    "order",
    "with_contacts",
    "with_contacts_reason",
    "requests_are_at_least",
    "requests_first_run",
    "requests_nothing_new",
    "shares_requests_with",
    "unknown_properties",
    "missing_properties",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=150, requests_per_second=None) as running:
        yield running


def run(
    tmp_path: Path, sandbox: Sandbox, *options: str, select: list[str] | None = None, **given: Any
) -> Result:
    config = config_of(sandbox, requests_per_second=1000, max_retries=0, **given)
    (tmp_path / "config.json").write_text(json.dumps(config))
    arguments = ["--check", "--config", str(tmp_path / "config.json"), *options]
    if select is not None:
        (tmp_path / "catalog.json").write_text(json.dumps(catalog_of(config, select)))
        arguments += ["--catalog", str(tmp_path / "catalog.json")]
    return CliRunner().invoke(TapActiveCampaign.cli, arguments)


def streams_of(result: Result) -> dict[str, dict[str, Any]]:
    return {one["stream"]: one for one in json.loads(result.stdout)["streams"]}


def test_the_json_form_has_the_documented_keys(tmp_path: Path, sandbox: Sandbox) -> None:
    result = run(tmp_path, sandbox, "--format", "json", select=["contacts", "tags"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert set(report) == {
        "format_version",
        "tap_version",
        "requests_per_second",
        "first_run",
        "nothing_new",
        "streams",
    }
    assert report["format_version"] == 1
    assert report["first_run"] == {"requests": 3, "minutes": 0.0}
    assert [set(one) for one in report["streams"]] == [KEYS, KEYS]
    assert streams_of(result)["contacts"]["rows"] == 150


def test_the_text_form_is_aligned_and_has_no_colours_in_a_file(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.behaviour.forbidden = ["deals"]
    result = run(tmp_path, sandbox, select=["contacts", "deals", "contact_tags"])
    assert result.exit_code == 0
    assert "\033" not in result.stdout
    heading, *rows = result.stdout.splitlines()[:4]
    assert [row.split()[0] for row in rows] == ["contact_tags", "contacts", "deals"]
    place = heading.index("Replication")
    assert all(row[place:].startswith("incremental") for row in rows)
    assert "needs Deals or another plan" in rows[2]


def test_the_text_form_tells_what_comes_with_the_contacts(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.behaviour.includes = ("contactLists",)
    shown = run(tmp_path, sandbox, select=["contacts", "contact_lists", "contact_tags"]).stdout
    assert "with the contacts that changed (likely)" in shown
    assert "  contact_tags: ActiveCampaign sends none of its rows with the contacts\n" in shown
    assert "does not know" not in shown


@pytest.mark.slow
def test_no_value_of_a_person_is_shown(tmp_path: Path, sandbox: Sandbox) -> None:
    values = {
        str(value)
        for row in sandbox.account.rows("contacts")
        for name, value in row.items()
        if name in {"email", "phone", "firstName", "lastName", "hash"} and value
    }
    for form in ("text", "json"):
        shown = run(tmp_path, sandbox, "--format", form)
        words = set(re.findall(r"[^\s\",]+", shown.stdout))
        assert not values & words
        assert "@" not in shown.stdout


def test_a_stream_that_may_not_be_read_names_its_permission(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.behaviour.forbidden = ["forms"]
    sandbox.behaviour.not_found = ["savedResponses"]
    told = streams_of(run(tmp_path, sandbox, "--format", "json"))
    denied = {name: one["permission"] for name, one in told.items() if not one["available"]}
    assert denied == {"forms": "Subscription Forms", "saved_responses": "Saved Responses"}
    assert told["forms"]["reason"] == "may not be read (status 403)"
    assert told["forms"]["rows"] is None


def test_unknown_and_missing_properties_are_named(tmp_path: Path, sandbox: Sandbox) -> None:
    for row in sandbox.account.rows("tags"):
        changed = {name: value for name, value in row.items() if name != "description"}
        sandbox.account.touch("tags", row["id"], brandNew="x", **changed)
    told = streams_of(run(tmp_path, sandbox, "--format", "json", select=["tags"]))["tags"]
    assert told["unknown_properties"] == ["brand_new"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"api_token": "wrong"}, "does not accept"),
        ({"api_url": "http://127.0.0.1:9"}, "127.0.0.1"),
        ({"api_url": "http://example.com"}, "https"),
        ({"everything_is_missing": True}, "ActiveCampaign has no"),
    ],
)
def test_a_wrong_token_or_url_ends_in_one_sentence(
    tmp_path: Path,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    given: dict[str, Any],
    sentence: str,
) -> None:
    if given.pop("everything_is_missing", False):
        sandbox.behaviour.not_found = ["*"]
    config = {**config_of(sandbox), "max_retries": 0, "requests_per_second": 100, **given}
    (tmp_path / "config.json").write_text(json.dumps(config))
    arguments = ["--check", "--config", str(tmp_path / "config.json")]
    result = CliRunner().invoke(TapActiveCampaign.cli, arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    told = [one.getMessage() for one in caplog.records if one.levelname == "CRITICAL"]
    assert len(told) == 1
    assert sentence in told[0]
    assert "Traceback" not in result.output


def test_an_order_that_is_honoured_makes_later_runs_cheap(tmp_path: Path, sandbox: Sandbox) -> None:
    told = []
    for honoured in ("documented", "none"):
        sandbox.behaviour.honoured_orders = honoured
        options = ("--format", "json")
        shown = run(
            tmp_path, sandbox, *options, select=["contact_tags"], page_size=50, sideload="off"
        )
        told.append(streams_of(shown)["contact_tags"])
    honours, ignores = told
    assert honours["order"] == "likely"
    assert ignores["order"] == "not honoured"
    assert honours["requests_nothing_new"] <= 3 < honours["requests_first_run"]
    assert ignores["requests_nothing_new"] == ignores["requests_first_run"]


def test_state_tells_what_was_proven_of_an_order(tmp_path: Path, sandbox: Sandbox) -> None:
    first = sync(sandbox, ["contact_tags"])
    second = sync(sandbox, ["contact_tags"], state=first.state)
    (tmp_path / "state.json").write_text(json.dumps(second.state))
    sandbox.clear_log()
    options = ("--format", "json", "--state", str(tmp_path / "state.json"))
    told = streams_of(run(tmp_path, sandbox, *options, select=["contact_tags"], sideload="off"))
    trust = second.state["bookmarks"]["contact_tags"]["newest_first"]["trust"]
    assert told["contact_tags"]["order"] == ("honoured" if trust == "kept" else "not honoured")
    assert len(sandbox.requests) == 1


def test_markdown_is_no_format_of_a_check(tmp_path: Path, sandbox: Sandbox) -> None:
    result = run(tmp_path, sandbox, "--format", "markdown")
    assert result.exit_code == 2
    assert "text and json" in result.stderr


def test_each_stream_names_a_permission_of_activecampaigns_page() -> None:
    page = {
        "Lists",
        "Campaigns",
        "Subscription Forms",
        "Templates",
        "Deals",
        "Accounts",
        "Contacts",
        "Automations",
        "Reports",
        "Saved Responses",
        "Web Personalization",
        "an administrator's key",
    }
    named = {stream.permission for stream in STREAMS}
    assert named == page
