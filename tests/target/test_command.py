"""The command: a plain pipe in, state out, one sentence when something is wrong."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.support import (
    ROOT,
    SCHEMA,
    STATE,
    body,
    buyer,
    deliver,
    messages,
    order,
    rejects,
    rule,
    run,
    settings,
    written,
)
from tests.target.test_segmentation import ANA, REFUND, refund

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

RIGHT = "Ticto-Token-Of-The-Tests"
PERSONAL = (
    ANA,
    "Exemplo Lima",
    "99888",
    "52998224725",
    "ExampleToken",
    "sandbox-token",
    "boleto/EX",
)


def sentences(err: str) -> list[str]:
    return [line for line in err.splitlines() if "| CRITICAL" in line]


def assert_one_sentence(outcome: Any, *parts: str) -> None:
    assert outcome.status == 1, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    found = sentences(outcome.err)
    assert len(found) == 1, outcome.err
    for part in parts:
        assert part in found[0]
    assert "sandbox-token" not in outcome.err


@pytest.mark.slow
def test_a_pipe_of_orders_becomes_contacts_and_state(sandbox: Sandbox, tmp_path: Path) -> None:
    done = run(settings(sandbox, tmp_path), tmp_path, messages([order(), {"no": "order"}]))
    assert done.status == 0
    assert done.states == [STATE["value"]]
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}
    assert "Orders: 1 applied, 0 repeated, 0 stale, 0 ignored, 1 rejected." in done.err
    assert "Rule 'compra': 1 applied." in done.err


EVERYTHING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"err": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "root": {"level": "DEBUG", "handlers": ["err"]},
}


@pytest.mark.slow
@pytest.mark.parametrize("level", ["everything", "DEBUG", "INFO"])
def test_nothing_of_the_buyer_is_logged(sandbox: Sandbox, tmp_path: Path, level: str) -> None:
    rules = (
        rule(
            fields={"LINK_BOLETO": "transaction.bank_slip_url"},
            event=["authorized", "bank_slip_created"],
        ),
        REFUND,
    )
    config = settings(sandbox, tmp_path, *rules)
    given = [order(), refund(), {**body("v2_bank_slip_created")}, order(email="no address")]
    sandbox.faults.next("status_500", "contact/sync")
    env = {"LOGLEVEL": level}
    if level == "everything":
        path = tmp_path / "logging.json"
        path.write_text(json.dumps(EVERYTHING), encoding="utf-8")
        env = {"SINGER_SDK_LOG_CONFIG": str(path)}
    done = run(config, tmp_path, messages(given), **env)
    assert done.status == 0
    for secret in PERSONAL:
        assert secret not in done.err


@pytest.mark.slow
def test_streams_share_one_order_of_arrival(sandbox: Sandbox, tmp_path: Path) -> None:
    again = order(order_hash="2", status_date="2026-04-01 10:00:00")
    lines = [
        {**SCHEMA, "stream": "ticto_a"},
        {**SCHEMA, "stream": "ticto_b"},
        {**SCHEMA, "stream": "weather"},
        {"type": "RECORD", "stream": "ticto_b", "record": order()},
        {"type": "RECORD", "stream": "weather", "record": {"rain": True}},
        {"type": "RECORD", "stream": "ticto_a", "record": refund()},
        {"type": "RECORD", "stream": "ticto_b", "record": again},
    ]
    config = settings(sandbox, tmp_path, rule(), REFUND, order_streams=["ticto_*"])
    done = run(config, tmp_path, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert done.status == 0
    assert done.err.count("The stream 'weather' is ignored") == 1
    assert "3 applied, 0 repeated, 0 stale, 0 ignored, 0 rejected" in done.err
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


BROKEN_INPUT = {
    "not JSON": b"{oops\n",
    "cut short": messages([order()])[:-90],
    "not an object": b"[1]\n",
    "no type": b"{}\n",
    "unknown type": b'{"type": "NOTE"}\n',
    "no stream": b'{"type": "RECORD", "record": {}}\n',
    "record is a list": b'{"type": "RECORD", "stream": "orders", "record": []}\n',
    "no schema": b'{"type": "SCHEMA", "stream": "orders"}\n',
    "properties are a list": b'{"type": "SCHEMA", "stream": "o", "schema": {"properties": []}}\n',
    "bad schema": b'{"type": "SCHEMA", "stream": "o", "schema": {"properties": {"a": 1}}}',
    "record before schema": b'{"type": "RECORD", "stream": "orders", "record": {}}\n',
    "state without value": b'{"type": "STATE"}\n',
    "not UTF-8": b'{"type": "\xff"}\n',
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN_INPUT)
def test_malformed_input_is_one_sentence_and_nothing_is_lost(
    sandbox: Sandbox, tmp_path: Path, fault: str
) -> None:
    assert_one_sentence(run(settings(sandbox, tmp_path), tmp_path, BROKEN_INPUT[fault]))
    assert written(sandbox) == []


@pytest.mark.slow
def test_batch_files_are_refused_and_not_dropped(sandbox: Sandbox, tmp_path: Path) -> None:
    encoding = {"format": "jsonl", "compression": "gzip"}
    batch = {"type": "BATCH", "stream": "orders", "encoding": encoding, "manifest": ["file:///x"]}
    given = messages([], state=False) + json.dumps(batch).encode() + b"\n"
    assert_one_sentence(run(settings(sandbox, tmp_path), tmp_path, given), "batch_config")


@pytest.mark.slow
def test_a_record_that_breaks_its_schema_is_a_reject(sandbox: Sandbox, tmp_path: Path) -> None:
    schema = {"properties": {"status": {"type": "integer"}, "id": {}}}
    lines = [
        {"type": "SCHEMA", "stream": "orders", "schema": schema, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "orders", "record": {**order(), "id": 1}},
        {"type": "RECORD", "stream": "orders", "record": {**order(), "status": 5}},
    ]
    config = settings(sandbox, tmp_path)
    done = run(config, tmp_path, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert done.status == 0
    reasons = [line["reason"] for line in rejects(config)]
    assert "status breaks type" in reasons[0]
    assert "lacks the key property 'id'" in reasons[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({"segmentations": [rule(event="?")]}, ("'compra'", "event")),
        ({"segmentations": [rule(list="Nada")]}, ("'compra'", "list", "'Nada'")),
        ({"rules_path": "/nowhere/rules.yaml"}, ("rules.yaml", "No such file")),
        ({"api_token": "wrong"}, ("does not accept the API token",)),
        ({"api_url": "http://127.0.0.1:9", "max_retries": 0}, ("127.0.0.1:9",)),
        ({"api_url": None}, ("api_url",)),
        ({"ticto_timezone": "Mars/Base"}, ("ticto_timezone", "Mars/Base")),
        ({"delivery": "pigeon"}, ("settings", "pigeon")),
        ({"ledger_url": "nonsense://u:sandbox-token@h/d"}, ("ledger_url",)),
        ({"ledger_url": "sqlite:////proc/x.db"}, ("ledger /proc/x.db cannot be opened",)),
        ({"data_dir": "/proc/none"}, ("data_dir", "Nothing has been applied")),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_work_is_one_sentence_before_the_first_write(
    sandbox: Sandbox, tmp_path: Path, more: dict[str, Any], parts: tuple[str, ...]
) -> None:
    config = {**settings(sandbox, tmp_path), **more}
    config = {key: value for key, value in config.items() if value is not None}
    assert_one_sentence(run(config, tmp_path, messages([order()])), *parts)
    assert written(sandbox) == []


@pytest.mark.slow
def test_a_configuration_that_is_no_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    for path in (tmp_path / "c.json", tmp_path / "none.json"):
        done = subprocess.run(
            [sys.executable, "-m", "target_activecampaign", "--config", str(path)],
            capture_output=True, cwd=ROOT, input=b"", check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert path.name.encode() in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0, reason="a superuser may write anywhere")
def test_a_read_only_directory_stops_before_anything_is_applied(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    assert_one_sentence(run(settings(sandbox, tmp_path), tmp_path, messages([order()])), "data_dir")
    assert written(sandbox) == []


@pytest.mark.slow
def test_a_full_disk_stops_before_anything_is_applied(sandbox: Sandbox, tmp_path: Path) -> None:
    # A limit on the size of files fails a write just as a full disk does.
    given = tmp_path / "orders.singer"
    given.write_bytes(messages([order()]))
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(sandbox, tmp_path)), encoding="utf-8")
    with given.open("rb") as lines:
        done = subprocess.run(
            [sys.executable, "-m", "target_activecampaign", "--config", str(config)],
            stdin=lines, capture_output=True, cwd=ROOT, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        )  # fmt: skip
    assert done.returncode == 1
    assert len(sentences(done.stderr.decode())) == 1
    assert b"Nothing has been applied" in done.stderr
    assert written(sandbox) == []


@pytest.mark.slow
def test_a_dry_run_prints_plans_and_writes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND, dry_run=True)
    given = [order(), order(), refund(), order(status="claimed"), {"no": "order"}]
    done = run(config, tmp_path, messages(given))
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    outcomes = [line["outcome"] for line in lines]
    assert outcomes == ["applied", "repeated", "applied", "ignored", "rejected"]
    assert lines[0]["plan"] == [
        {
            "rule": "compra",
            "steps": [
                {"create_or_update_contact": ["first_name", "last_name", "phone"]},
                {"subscribe": "Alunos"},
                {"add_tag": "comprou_x"},
                {"add_tag": "vip"},
            ],
        }
    ]
    assert lines[0]["rules_not_fired"] == {"estorno": "the event is authorized"}
    assert (done.status, done.out) == (0, "")
    assert written(sandbox) == []
    assert not Path(config["data_dir"]).exists()
    assert not [secret for secret in PERSONAL if secret in done.err]


@pytest.mark.slow
def test_a_dry_run_knows_what_was_applied(sandbox: Sandbox, tmp_path: Path) -> None:
    deliver(settings(sandbox, tmp_path), [order()])
    done = run(settings(sandbox, tmp_path, dry_run=True), tmp_path, messages([order()]))
    assert '"outcome": "repeated"' in done.err


@pytest.mark.slow
@pytest.mark.parametrize("has_account", [True, False])
def test_a_dry_run_joins_the_rules_of_one_account(
    sandbox: Sandbox,
    tmp_path: Path,
    has_account: bool,
) -> None:
    integrations = [{"name": "i", "segmentations": [rule("b")]}]
    config = settings(sandbox, tmp_path, integrations=integrations, dry_run=True)
    if not has_account:
        del config["api_url"]
    done = run(config, tmp_path, messages([order()]))
    (line,) = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert [step["rule"] for step in line["plan"]] == ["compra", "i / b"]


@pytest.mark.slow
def test_check_shows_the_account_and_finds_every_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    well = run(settings(sandbox, tmp_path), tmp_path, b"", "--check")
    assert well.status == 0
    assert "Alunos (1)" in well.out
    assert "cliente_vip" in well.out
    assert "The tag 'vip' does not exist yet" in well.out
    broken = rule(list="Nada", automation="Nenhuma", fields={"NADA": "status"})
    ill = run(settings(sandbox, tmp_path, broken), tmp_path, b"", "--check")
    assert ill.status == 1
    for name in ("Nada", "Nenhuma", "NADA"):
        assert f"FAULT Rule 'compra': {name!r}" not in ill.out
        assert repr(name) in ill.out
    assert written(sandbox) == []
    refused = run(settings(sandbox, tmp_path, api_token="wrong"), tmp_path, b"", "--check")
    assert (refused.status, "does not accept the API token" in refused.out) == (1, True)


@pytest.mark.slow
def test_on_reject_fail_finishes_and_exits_1(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path, on_reject="fail")
    done = run(config, tmp_path, messages([{"no": "order"}, order()]))
    assert done.status == 1
    assert done.states == [STATE["value"]]
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


@pytest.mark.slow
def test_about_names_the_settings_that_mean_something(tmp_path: Path) -> None:
    done = run({}, tmp_path, b"", "--about", "--format=json")
    about = json.loads(done.out)
    names = set(about["settings"]["properties"])
    assert {"segmentations", "ledger_url", "on_reject", "requests_per_second"} <= names
    assert not names & {
        "load_method",
        "add_record_metadata",
        "batch_size_rows",
        "flattening_enabled",
    }
    assert about["version"][0].isdigit()
    assert all(entry.get("description") for entry in about["settings"]["properties"].values())


def test_ticto_token_is_checked_and_rejects_can_be_fed_in_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, ticto_token=RIGHT)
    given = [
        {**order(email="no address"), "token": RIGHT},
        {**order(email="b@example.com"), "token": "wrong"},
        {key: value for key, value in order(email="c@example.com").items() if key != "token"},
    ]
    assert deliver(config, given)["rejected"] == 3
    lines = rejects(config)
    assert RIGHT not in json.dumps(lines)
    assert ["token" in line["record"] for line in lines] == [False] * 3
    lines[0]["record"]["customer"]["email"] = ANA
    forged = {**lines[1], "token_proof": "0" * 64}
    summary = deliver(config, [*lines, forged])
    assert (summary["applied"], summary["rejected"]) == (1, 3)
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}
    assert buyer(sandbox, "b@example.com") == {}


def test_a_reject_is_kept_once_however_often_it_comes(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path)
    for _ in range(2):
        deliver(config, [{"no": "order"}, {"no": "order"}, body("v2_panel_test")])
    assert len(rejects(config)) == 2
    deliver(config, rejects(config))
    assert len(rejects(config)) == 2


@pytest.mark.slow
def test_a_stream_map_can_prepare_records(sandbox: Sandbox, tmp_path: Path) -> None:
    maps = {"raw": {"__alias__": "orders"}}
    config = settings(sandbox, tmp_path, stream_maps=maps, order_streams=["orders"])
    done = run(config, tmp_path, messages([order()], stream="raw"))
    assert "1 applied" in done.err


def test_the_target_imports_nothing_of_the_tap_but_its_api() -> None:
    for path in (ROOT / "target_activecampaign").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root, _, rest = name.partition(".")
                assert root != "tap_activecampaign" or rest.split(".")[0] == "api", path
