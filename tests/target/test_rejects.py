"""Rejects: without the token wherever it stands, each on a line of its own, and none too many."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.errors import RejectFileError
from target_activecampaign.run.rejects import RejectFile
from target_activecampaign.ticto.tokens import without_token
from tests.reliability.target_process import receive
from tests.target.support import SCHEMA, buyer, deliver, order, rejects, run, settings

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SECRET = "Postback-Secret-77"
UNKNOWN = {"version": "3.0", "token": SECRET, "status": "authorized"}
TEXT = json.dumps(UNKNOWN)
WHERE = {
    "a key": UNKNOWN,
    "JSON text in body": {"id": 7, "body": TEXT},
    "JSON text in an unknown key": {"id": 7, "whatever": TEXT},
    "JSON text in JSON text": {"data": json.dumps({"payload": json.dumps([TEXT, 5])})},
    "JSON text written twice": {"body": json.dumps(TEXT)},
    "JSON text in a list": {"rows": [[f"\n {TEXT}"]]},
    "keys of databases and headers": {
        "TOKEN": SECRET, "ticto_token": SECRET, "headers": {"X-Ticto-Token": SECRET},
    },
    "an escaped key": {"body": TEXT.replace("token", "\\u0074oken")},
    "a key that stands twice": {"body": f'{{"a": {TEXT}, "a": 1}}'},
    "JSON text cut short": {"body": TEXT[:-5]},
    "JSON text cut short in the token": {"body": TEXT[: TEXT.index(SECRET) + 12]},
    "JSON text in JSON text cut short": {"body": json.dumps({"data": TEXT})[:-8]},
    "JSON text with a number that is too large": {"body": TEXT.replace("{", '{"x": 1e400, ', 1)},
    "JSON text nested without end": {"body": '{"a":' * 3000 + TEXT},
    "JSON text within a sentence": {"body": f"received {TEXT} from Ticto"},
}  # fmt: skip
ELSEWHERE = {
    "a sentence": {"note": f"the token is {SECRET}, keep it"},
    "a key": {f"auth={SECRET}": 1},
    "a form": {"body": f"token={SECRET}&status=authorized"},
    "JSON text": {"body": json.dumps({"x": [f"<{SECRET}>"]})},
    "the token escaped in JSON text": {"body": json.dumps({"x": SECRET}).replace("P", "\\u0050")},
}


@pytest.mark.parametrize("place", WHERE)
@pytest.mark.parametrize("ticto_token", [None, SECRET])
def test_no_token_is_kept_when_it_stands_in(place: str, ticto_token: str | None) -> None:
    kept = json.dumps(without_token(WHERE[place], ticto_token))
    assert SECRET not in kept
    assert SECRET[:12] not in kept


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_token_of_the_settings_is_hidden_when_it_stands_in(place: str) -> None:
    kept = json.dumps(without_token(ELSEWHERE[place], SECRET))
    assert SECRET not in kept
    assert "***" in kept


def test_everything_else_is_kept_as_it_came() -> None:
    body = '{"amount": 19.99, "cents": 1999, "name": "São", "big": 1000000000000000000000}'
    record = {
        "label": "[Assinatura] - Atrasada",
        "said": '"quoted" he said',
        "note": "a token of love, {not JSON}",
        "body": body.replace("ã", "\\u00e3"),
        "list": [1, None, True, 0.5],
    }
    assert without_token(record) == {**record, "body": body}


def test_a_token_of_few_letters_is_not_sought_within_words() -> None:
    assert without_token({"name": "Ana", "x": "a"}, "a") == {"name": "Ana", "x": "***"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(JSON, st.integers(0, 3))
def test_what_is_kept_is_the_same_when_it_comes_again(value: Any, wrapped: int) -> None:
    record = {"token": SECRET, "value": value}
    for _ in range(wrapped):
        record = {"body": json.dumps(record)}
    kept = without_token(record, SECRET)
    assert without_token(kept, SECRET) == kept
    assert SECRET not in json.dumps(kept)


@pytest.mark.slow
def test_a_reject_of_a_body_as_text_can_be_fed_in_again(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path, ticto_token=SECRET)
    # The schema is what rejects it: of a body that is unwrapped, the object is kept.
    row = {"id": "7", "body": json.dumps(order(token=SECRET))}
    schema = {**SCHEMA, "schema": {"properties": {"id": {"type": "integer"}}}}
    record = {"type": "RECORD", "stream": "orders", "record": row}
    done = run(
        config, tmp_path, b"".join(json.dumps(line).encode() + b"\n" for line in (schema, record))
    )
    assert done.status == 0
    assert SECRET not in (Path(config["data_dir"]) / "rejects.jsonl").read_text(encoding="utf-8")
    assert deliver(config, rejects(config))["applied"] == 1
    assert buyer(sandbox, "ana@example.com")["lists"] == {"Alunos": "active"}


# --- the file -----------------------------------------------------------------------------------

CUT = {
    "in a word": b'{"stream": "orders", "reason": "cut by a full di',
    "in a letter": '{"stream": "orders", "reason": "não'.encode()[:-2],
    "before its end": b'{"stream": "s", "reason": "r", "record": {}}',
}


def add(path: Path, reason: str = "why", record: Any = None) -> None:
    RejectFile(path).add("orders", record or {"a": 1}, reason, "what to do")


@pytest.mark.parametrize("place", CUT)
def test_a_reject_stands_on_a_line_of_its_own_when_the_last_was_cut(
    place: str, tmp_path: Path
) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_bytes(CUT[place])
    add(path)
    add(path, "another reason")
    before, *lines = path.read_bytes().split(b"\n")
    assert before == CUT[place]
    assert [json.loads(line)["reason"] for line in lines[:-1]] == ["why", "another reason"]
    assert lines[-1] == b""


@pytest.mark.parametrize("before", [b"", b'{"kept": 1}\n', b'{"cut'])
@pytest.mark.parametrize("fault", ["write", "fsync"])
def test_no_half_line_stays_when_the_disk_is_full(
    before: bytes, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_bytes(before)
    write = os.write
    told: list[int] = []

    def write_some(descriptor: int, content: bytes) -> int:
        if fault == "fsync":
            return write(descriptor, content)
        if told:
            raise OSError(errno.ENOSPC, "No space left on device")
        told.append(write(descriptor, content[:20]))
        return told[0]

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", write_some)
        full.setattr(os, "fsync", fail)
        with pytest.raises(RejectFileError, match="No space left"):
            add(path)
    assert path.read_bytes() == before
    add(path)
    assert json.loads(path.read_bytes().splitlines()[-1])["reason"] == "why"


def test_a_line_that_is_written_in_pieces_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with monkeypatch.context() as slow:
        slow.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:7]))
        add(tmp_path / "rejects.jsonl")
    (line,) = (tmp_path / "rejects.jsonl").read_bytes().splitlines()
    assert json.loads(line)["record"] == {"a": 1}


def test_identical_rejects_are_one_line_and_all_are_counted(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path)
    assert deliver(config, [{"no": "order"}] * 3)["rejected"] == 3
    assert len(rejects(config)) == 1


# --- schemas ------------------------------------------------------------------------------------

OF_A_DATABASE = {"type": ["number", "null"], "multipleOf": 0.01}
OF_AN_OLD_TAP = {
    **OF_A_DATABASE,
    "maximum": 1e10,
    "exclusiveMaximum": True,
    "minimum": -1e10,
    "exclusiveMinimum": True,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        (OF_A_DATABASE, 19.99, True),
        (OF_A_DATABASE, 1.1, True),
        (OF_A_DATABASE, 123456789.01, True),
        (OF_A_DATABASE, -0.07, True),
        (OF_A_DATABASE, 5, True),
        (OF_A_DATABASE, None, True),
        (OF_A_DATABASE, 10**40, True),
        (OF_A_DATABASE, 1e300, True),
        (OF_A_DATABASE, 19.999, False),
        ({"type": "number", "multipleOf": 1e-38}, 0.1, True),
        ({"type": "integer", "multipleOf": 5}, 15, True),
        ({"type": "integer", "multipleOf": 5}, 7, False),
        (OF_AN_OLD_TAP, 19.99, True),
        (OF_AN_OLD_TAP, 1e10, False),
        ({"type": "string", "format": "date-time"}, "yesterday", True),
        ({"type": "string", "format": "email"}, "no address", True),
        ({"type": "string", "format": "uuid"}, "", True),
        ({"type": "string", "format": "singer.decimal"}, "19.990", True),
        ({"type": "integer", "format": "date-time"}, "yesterday", False),
    ],
)
def test_a_column_is_held_against_its_schema_as_it_is_written(
    schema: dict[str, Any], value: Any, fits: bool, sandbox: Sandbox, tmp_path: Path
) -> None:
    declared = {**SCHEMA, "schema": {"type": "object", "properties": {"amt": schema}}}
    record = {"type": "RECORD", "stream": "orders", "record": {**order(), "amt": value}}
    lines = (declared, record)
    config = settings(sandbox, tmp_path)
    summary = receive(config, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert (summary["applied"], summary["rejected"]) == ((1, 0) if fits else (0, 1))
