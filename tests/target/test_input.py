"""Standard input: called what it is when it is broken, and not waited for when it falls silent."""

from __future__ import annotations

import codecs
import io
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

import pytest

from target_activecampaign.errors import InputError
from target_activecampaign.run.limits import RunLimits
from target_activecampaign.singer.reader import OrderReader
from tests.target.support import (
    ROOT,
    STATE,
    buyer,
    command,
    messages,
    order,
    rejects,
    rule,
    run,
    settings,
    target_with,
    written,
)
from tests.target.test_command import assert_one_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

ANA = "ana@example.com"
BIA = "bia@example.com"
PATIENCE = 20.0
DEEP = (
    b'{"type": "RECORD", "stream": "orders", "record": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001
)
NAMED = {
    "is not UTF-8 text": messages([order()]).replace(b"Exemplo", b"Ex\xff\xfe"),
    "nested too deeply": messages([], state=False) + DEEP + b"\n",
    # In the middle of a letter of two bytes.
    "was cut short": messages([], state=False) + '{"type": "RECORD", "é'.encode()[:-1],
}


def until(happened: Callable[[], bool]) -> bool:
    """Wait for something, not longer than the patience of a test."""
    end = time.monotonic() + PATIENCE
    while not (done := happened()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


@pytest.mark.slow
@pytest.mark.parametrize("reason", NAMED)
def test_malformed_input_is_called_what_it_is(
    sandbox: Sandbox, tmp_path: Path, reason: str
) -> None:
    done = run(settings(sandbox, tmp_path), tmp_path, NAMED[reason])
    assert_one_sentence(done, "Line 2 of the input", reason)
    assert written(sandbox) == []


def read(file: IO[Any], *, wait: Callable[[], float | None] = lambda: None) -> list[Any]:
    """Return the values of all STATE messages, by the reader alone."""
    found: list[Any] = []
    reader = OrderReader(on_state=found.append, on_wait=wait)
    with file:
        reader.process_lines(file, {})
    return found


STATES = [{"n": number} for number in range(3)]
LINES = "".join(json.dumps({"type": "STATE", "value": value}) + "\n" for value in STATES)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_inputs_of_any_kind_are_read(mark: str, tmp_path: Path) -> None:
    text = mark + LINES
    path = tmp_path / "lines"
    path.write_text(text, encoding="utf-8")
    with path.open("rb") as file, path.open(encoding="utf-8") as letters:
        assert [read(file), read(letters)] == [STATES, STATES]
    assert read(io.StringIO(text)) == STATES
    assert read(io.BytesIO(text.encode())) == STATES
    assert read(io.BufferedReader(io.BytesIO(text.encode()))) == STATES
    pipe = Pipe()
    pipe.write(text.encode().rstrip(b"\n"))
    pipe.close()
    assert read(pipe.reader) == STATES


def test_a_mark_before_a_later_line_is_no_json() -> None:
    with pytest.raises(InputError, match="Line 4"):
        read(io.BytesIO(LINES.encode() + codecs.BOM_UTF8 + LINES.encode()))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {},
        {"properties": None},
        {"type": ["object", "null"], "description": "x"},
    ],
    ids=["type only", "empty", "null", "no properties"],
)
def test_orders_are_applied_when_the_schema_promises_nothing(
    sandbox: Sandbox, tmp_path: Path, schema: dict[str, Any]
) -> None:
    given = {"type": "SCHEMA", "stream": "orders", "schema": schema, "key_properties": []}
    record = {"type": "RECORD", "stream": "orders", "record": order(ANA)}
    lines = b"".join(json.dumps(line).encode() + b"\n" for line in (given, record, given, STATE))
    target = target_with(None)(config=settings(sandbox, tmp_path))
    target.listen_and_close(io.BytesIO(lines))
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


class Pipe:
    """A pipe whose writing end stays open."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self.reader = os.fdopen(reader, "rb")

    def write(self, given: bytes) -> None:
        while given:
            given = given[os.write(self._writer, given) :]

    def write_all(self, given: bytes, size: int) -> None:
        for start in range(0, len(given), size):
            self.write(given[start : start + size])
        self.close()

    def close(self) -> None:
        os.close(self._writer)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lines_that_come_in_pieces_are_whole(size: int) -> None:
    pipe = Pipe()
    given = LINES.encode()

    writer = threading.Thread(target=pipe.write_all, args=(given, size))
    writer.start()
    assert read(pipe.reader) == STATES
    writer.join()


def test_a_line_longer_than_a_pipe_holds_is_read() -> None:
    pipe = Pipe()
    value = "x" * 3_000_000
    line = json.dumps({"type": "STATE", "value": value}).encode() + b"\n"
    writer = threading.Thread(target=pipe.write_all, args=(line, len(line)))
    writer.start()
    assert read(pipe.reader) == [value]
    writer.join()


def test_waiting_asks_again_after_the_time_that_it_was_told() -> None:
    pipe = Pipe()
    asked: list[float] = []

    def wait() -> float | None:
        asked.append(time.monotonic())
        if len(asked) == 3:
            pipe.write(LINES.encode())
            pipe.close()
        return 0.05 if len(asked) < 3 else None

    patience = threading.Timer(PATIENCE, pipe.close)
    patience.start()
    assert read(pipe.reader, wait=wait) == STATES
    patience.cancel()
    assert asked[2] - asked[0] >= 0.1


def test_reading_goes_on_where_a_system_cannot_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")
    pipe = Pipe()
    pipe.write(LINES.encode())
    pipe.close()
    assert read(pipe.reader) == STATES


class Listening:
    """A target in a thread, fed by a pipe."""

    def __init__(self, config: dict[str, Any], limits: RunLimits | None = None) -> None:
        self.pipe = Pipe()
        self.error: BaseException | None = None
        self._config = config
        self._target = target_with(limits)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        try:
            self._target(config=self._config).listen_and_close(self.pipe.reader)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def is_listening(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        self.pipe.close()
        self._thread.join(PATIENCE)
        self.pipe.reader.close()
        assert not self._thread.is_alive()


# Orders wait for a moment only.
SOON = RunLimits(longest_queued_seconds=0.2)


def test_orders_are_applied_when_the_input_falls_silent(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listening = Listening(settings(sandbox, tmp_path), SOON)
    try:
        # The beginning of a next line is no reason to wait either.
        listening.pipe.write(messages([order()]) + b'{"type": "STA')
        assert until(lambda: "Alunos" in buyer(sandbox, ANA).get("lists", {}))
        listening.pipe.write(b'TE", "value": 5}\n' + messages([order(BIA)], state=False))
        assert until(lambda: "Alunos" in buyer(sandbox, BIA).get("lists", {}))
        assert listening.is_listening()
    finally:
        listening.end()
    assert listening.error is None
    assert capsys.readouterr().out.splitlines() == [json.dumps(STATE["value"]), "5"]


def test_orders_wait_when_their_time_has_not_come(sandbox: Sandbox, tmp_path: Path) -> None:
    listening = Listening(settings(sandbox, tmp_path))
    try:
        listening.pipe.write(messages([order()]))
        time.sleep(0.3)
        assert written(sandbox) == []
    finally:
        listening.end()
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


def test_an_error_while_the_input_is_silent_ends_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    listening = Listening(settings(sandbox, tmp_path, max_retries=0), SOON)
    sandbox.faults.next("status_500", "contact/sync", times=None)
    try:
        listening.pipe.write(messages([order()]))
        assert until(lambda: not listening.is_listening())
    finally:
        listening.end()
    assert type(listening.error).__module__.startswith(("tap_", "target_"))


def test_a_dry_run_waits_for_input_without_end(sandbox: Sandbox, tmp_path: Path) -> None:
    listening = Listening(settings(sandbox, tmp_path, dry_run=True), SOON)
    listening.pipe.write(messages([order()]))
    listening.end()
    assert listening.error is None
    assert written(sandbox) == []


IN_A_HURRY = """
import sys
from target_activecampaign.run.limits import RunLimits
from target_activecampaign.target import TargetActiveCampaign

class InAHurry(TargetActiveCampaign):
    limits = RunLimits(longest_queued_seconds=0.2)

sys.exit(InAHurry.cli())
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["end of input", "SIGTERM"])
def test_a_process_applies_orders_while_its_pipe_is_open(
    sandbox: Sandbox, tmp_path: Path, ending: str
) -> None:
    config = settings(sandbox, tmp_path, rule())
    arguments = command(config, tmp_path)[3:]
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_HURRY, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        process.stdin.write(messages([{"no": "order"}, order()]))
        process.stdin.flush()
        # Only what stands before it is done lets a state out.
        assert json.loads(process.stdout.readline()) == STATE["value"]
        assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}
        assert len(rejects(config)) == 1
        assert process.poll() is None
        if ending == "SIGTERM":
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 128 + signal.SIGTERM
        out, err = process.communicate(timeout=PATIENCE)
        assert (out, b"Traceback" in err) == (b"", False)
        assert process.returncode == (0 if ending == "end of input" else 128 + signal.SIGTERM)
    finally:
        patience.cancel()
        process.kill()
        process.wait()
