"""Singer input as nobody should send it: a reject or a sentence, never a crash."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from singer_sdk.exceptions import RecordsWithoutSchemaException

from target_activecampaign.errors import TargetError
from target_activecampaign.events.outcome import Outcome
from tests.reliability.target_process import RULES, receive
from tests.sandbox import Sandbox
from tests.sandbox.people import email_is_valid
from tests.target.support import (
    ORDERS,
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

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

BODIES = sorted(path.stem for path in ORDERS.glob("*.json"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30, max_value=10**300),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "Não Informado",
            "0000-00-00 00:00:00",
            "0001-01-01 00:00:00",
            "9999-12-31 23:59:59",
            "2.0",
            "abandoned_cart",
            "a\x00b\x1b[31mc",
            "x" * 200_000,
            "٣" * 11,
            "{",
            "[[[[",
            "-1e9",
        ]
    ),
)
HOSTILE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = {"a": [value]}
    return value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each member, however deep it stands."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in members:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


@st.composite
def broken_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Return a sample body of which some members are something else, or are gone."""
    made = body(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(1, 4))):
        known = list(places(made))
        if not known:
            break
        *sections, key = draw(st.sampled_from(known))
        place: Any = made
        for section in sections:
            place = place[section]
        if draw(st.booleans()):
            place[key] = draw(HOSTILE)
        else:
            del place[key]
    return made


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """An account that all examples write to."""
    with Sandbox(contacts=10, requests_per_second=None, import_seconds=0.0) as sandbox:
        yield sandbox


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file; a letter such as U+2028 ends none."""
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


@examples(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(records=st.lists(broken_bodies(), min_size=1, max_size=6))
def test_broken_bodies_are_applied_or_rejected(
    records: list[dict[str, Any]], shared: Sandbox
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = settings(shared, Path(folder), *RULES, delivery="bulk")
        summary = deliver(config, records)
        assert sum(summary[outcome] for outcome in Outcome) >= len(records)
        # The same record with the same reason is kept once.
        kept = [json.loads(line) for line in lines_of(Path(config["data_dir"]) / "rejects.jsonl")]
        assert min(1, summary["rejected"]) <= len(kept) <= summary["rejected"]
    sent = [
        contact["email"]
        for request in shared.requests
        if request.method == "POST" and "/" in request.path
        for contact in request.body.get("contacts", [request.body.get("contact")])
    ]
    assert [email for email in sent if not email_is_valid(email)] == []


@examples(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3), st.binary(max_size=4)),
        min_size=1,
        max_size=4,
    )
)
def test_broken_lines_are_a_sentence_or_do_no_harm(
    cuts: list[tuple[int, int, bytes]], shared: Sandbox
) -> None:
    lines = messages([order(), order(email="two@example.com")])
    for start, length, inserted in cuts:
        at = start % len(lines)
        lines = lines[:at] + inserted + lines[at + length :]
    with tempfile.TemporaryDirectory() as folder:
        config = settings(shared, Path(folder), rule())
        sentence = ""
        try:
            receive(config, lines)
        except (TargetError, RecordsWithoutSchemaException) as error:
            sentence = str(error)
        assert "example.com" not in sentence


def lines_with(record: bytes, schema: bytes = b'{"properties": {}}') -> bytes:
    """Return messages whose record and schema are written out."""
    before = b'{"type": "SCHEMA", "stream": "orders", "key_properties": [], "schema": '
    return b"".join(
        (
            before + schema + b"}\n",
            b'{"type": "RECORD", "stream": "orders", "record": ' + record + b"}\n",
            json.dumps(STATE).encode() + b"\n",
        )
    )


PLAIN = json.dumps(order()).encode()
HALF_AN_EMOJI = PLAIN.replace(b"Ana Exemplo", b"Ana \\ud83d Exemplo")
APPLIED = {
    "half an emoji in a name": lines_with(HALF_AN_EMOJI),
    "half an emoji in a body as text": lines_with(
        json.dumps({"payload": HALF_AN_EMOJI.decode()}).encode()
    ),
    "control characters in a name": lines_with(
        PLAIN.replace(b"Ana Exemplo", b"A\\u0000\\u001b[31m")
    ),
    "five million letters in a name": lines_with(PLAIN.replace(b"Ana Exemplo", b"x" * 5_000_000)),
    "a number of 400 digits": lines_with(PLAIN[:-1] + b', "zz": ' + b"9" * 400 + b"}"),
    "the same key twice": lines_with(PLAIN[:-1] + b', "zz": 1, "zz": 2}'),
    "lines that end in CRLF": messages([order()]).replace(b"\n", b"\r\n"),
    "blank lines and no last line end": b"\n\n" + messages([order()])[:-1],
}
REJECTED = {
    "500 levels in a record": lines_with(PLAIN[:-1] + b', "zz": ' + b"[" * 500 + b"]" * 500 + b"}"),
    "60 levels in an order": lines_with(json.dumps({**order(), "zz": nested(30)}).encode()),
    "500 rejects in each other": lines_with(
        b'{"stream": "s", "reason": "r", "record": ' * 500 + b"{}" + b"}" * 500
    ),
    "an address of five million letters": lines_with(
        json.dumps(order(email="x" * 5_000_000 + "@example.com")).encode()
    ),
    "a body as text, nested without end": lines_with(
        json.dumps({"body": '{"a":' * 100_000}).encode()
    ),
    "a record that breaks its schema": lines_with(
        PLAIN, b'{"properties": {"status": {"type": "integer"}}}'
    ),
    "no order at all": lines_with(b'{"hello": "world"}'),
    "an empty record": lines_with(b"{}"),
}
REFUSED = {
    "no JSON": b"{oops\n",
    "a line nested without end": b"[" * 100_000 + b"\n",
    "a record nested without end": lines_with(b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "a number of 5000 digits": lines_with(b'{"a": ' + b"9" * 5000 + b"}"),
    "bytes that are no text": messages([order()]).replace(b"Exemplo", b"Ex\xff\xfe"),
    "UTF-16": messages([order()]).decode().encode("utf-16"),
    "a compressed file": b"\x1f\x8b\x08\x00" * 100,
    "a record before its schema": messages([order()]).split(b"\n", 1)[1],
    "key properties that are a number": messages([order()]).replace(b"[]", b"5", 1),
    "a batch without its files": json.dumps(SCHEMA).encode()
    + b'\n{"type": "BATCH", "stream": "orders"}\n',
}


def assert_the_state_follows(done: Any) -> None:
    assert done.status == 0, done.err
    assert done.states == [STATE["value"]]


@pytest.mark.parametrize("case", APPLIED)
def test_odd_orders_are_applied(case: str, sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path, rule())
    assert_the_state_follows(run(config, tmp_path, APPLIED[case]))
    assert buyer(sandbox, "ana@example.com")["lists"] == {"Alunos": "active"}
    assert rejects(config) == []


@pytest.mark.parametrize("case", REJECTED)
def test_what_is_no_order_is_rejected_and_does_not_stop_the_next(
    case: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, rule())
    done = run(config, tmp_path, REJECTED[case])
    assert_the_state_follows(done)
    assert len(rejects(config)) == 1
    assert written(sandbox) == []
    assert "ana@example.com" not in done.err


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_singer_message_is_one_sentence(
    case: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    done = run(settings(sandbox, tmp_path, rule()), tmp_path, REFUSED[case])
    assert done.status == 1
    assert done.out == ""
    assert "Traceback" not in done.err
    told = [line for line in done.err.splitlines() if "| CRITICAL" in line]
    assert len(told) == 1, done.err
    assert "unexpected" not in told[0]
    assert written(sandbox) == []


NEARLY_RIGHT = (
    "ana", "ana@", "@example.com", "ana@example", "ana@@example.com", "ana@exam ple.com",
    "ana@example..com", "ana@.example.com", "ana@example.com.", "ana example@example.com",
    "ana@example.c", "ana@example.com,bia@example.com", "<ana@example.com>", "ana@example.com\x00",
    "ana\n@example.com", "ana@ex\u200bample.com", "mailto:ana@example.com", "ana(x)@example.com",
)  # fmt: skip


@pytest.mark.parametrize("delivery", ["direct", "bulk"])
def test_addresses_that_are_nearly_right_are_rejected_and_spoil_nobody_else(
    delivery: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, rule(), delivery=delivery)
    good = order(email=" Bia@Example.com ")
    summary = deliver(
        config,
        [*(order(email=email, order_hash=f"H{n}") for n, email in enumerate(NEARLY_RIGHT)), good],
    )
    assert (summary["applied"], summary["rejected"]) == (1, len(NEARLY_RIGHT))
    assert buyer(sandbox, "bia@example.com")["lists"] == {"Alunos": "active"}
    assert len(rejects(config)) == len(NEARLY_RIGHT)
