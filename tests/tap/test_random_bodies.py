"""Random JSON at every place of every stream's rows and bodies: nothing but that place suffers."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_activecampaign.api import ApiError
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.streams import STREAMS
from tests.answers import AnswerServer
from tests.sandbox import Sandbox
from tests.tap.runs import Output, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

CHILDREN = {str(vars(one)["name"]) for one in STREAMS if issubclass(one, ChildStream)}
OTHERS = {str(vars(one)["name"]) for one in STREAMS} - CHILDREN
_PLACEHOLDER = re.compile(r"\{\w+\}")
_ID_IN_PATH = re.compile(r"/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)")

# No number that could be the id of another row.
HOSTILE: list[Any] = [
    None,
    True,
    False,
    "",
    "x",
    "\0",
    "\ud83d",
    [],
    {},
    [None],
    [[]],
    {"id": None},
    {"": {"": []}},
    -7_000_001,
    2**63,
    2**64,
    10**400,
    1.5,
    1e300,
    "1e400",
    "-0001-11-30T00:00:00-06:00",
    "9999-12-31 23:59:59",
    "0001-01-01T00:00:00Z",
    "0000-00-00",
    "20107-01-01",
]
JSON = st.recursive(
    st.sampled_from(HOSTILE) | st.text(max_size=5).map(lambda text: f"_{text}"),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@dataclass
class Spoiler(AnswerServer):
    """A sandbox behind a server that spoils some of what it answers.

    Attributes:
        account: The sandbox.
        values: What takes the place of values.
        below_parents: Whether answers below a parent are spoilt; otherwise all others are.
        whole_bodies: Whether places outside the rows are spoilt; otherwise places in rows are.
        seed: Decides what is spoilt.
        spoilt: What identified the rows that were, by path.
    """

    account: Sandbox = field(default_factory=Sandbox)
    values: list[Any] = field(default_factory=list)
    below_parents: bool = False
    whole_bodies: bool = False
    seed: int = 0
    spoilt: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def answer(self, method: str, target: str, sent: bytes) -> tuple[int, bytes]:
        """Ask the sandbox, and spoil what it says."""
        response = requests.request(
            method,
            f"{self.account.url}{target}",
            data=sent,
            headers={"Api-Token": self.account.token, "Connection": "close"},
            timeout=20,
        )
        path = target.partition("/api/3/")[2].partition("?")[0]
        is_below = bool(_ID_IN_PATH.search(path)) or "contact=" in target
        if response.status_code != 200 or path == "users/me" or is_below != self.below_parents:
            return response.status_code, response.content
        content = response.json()
        if self.whole_bodies:
            content = self._with_spoilt_place(content, random.Random(f"{self.seed} {path}"))
        else:
            self._spoil_rows(content, self.spoilt[_ID_IN_PATH.sub("/{}", path)])
        return 200, json.dumps(content).encode()

    def _spoil_rows(self, content: Any, spoilt: set[str]) -> None:
        """Spoil some rows, the same ones in the same way whenever they are asked for."""
        for rows in _lists_of_rows(content):
            for place, row in enumerate(rows):
                as_it_was = json.dumps(row, sort_keys=True)
                chance = random.Random(f"{self.seed} {as_it_was}")
                if chance.random() < 0.3:
                    spoilt.update(_identity_of(row))
                    rows[place] = self._with_spoilt_place(row, chance)

    def _with_spoilt_place(self, value: Any, chance: random.Random) -> Any:
        if not value or not isinstance(value, (dict, list)) or chance.random() < 0.15:
            return chance.choice(self.values)
        if isinstance(value, list):
            place = chance.randrange(len(value))
            return [
                self._with_spoilt_place(one, chance) if at == place else one
                for at, one in enumerate(value)
            ]
        name = chance.choice(sorted(value))
        if chance.random() < 0.1:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: self._with_spoilt_place(value[name], chance)}


def _lists_of_rows(content: Any) -> Iterator[list[Any]]:
    """Yield the lists in a body that hold rows, also those of GraphQL."""
    for value in content.values() if isinstance(content, dict) else ():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield value
        elif isinstance(value, dict):
            yield from _lists_of_rows(value)


def _identity_of(row: dict[str, Any]) -> set[str]:
    """Return what may be the key of a row: its id, or any of its values if it has none."""
    values = [row["id"]] if "id" in row else row.values()
    return {str(value) for value in values if isinstance(value, (str, int))}


class Lab:
    """An account, and what the tap reads of it when nothing is spoilt."""

    def __init__(self, account: Sandbox) -> None:
        self.account = account
        self.undisturbed = sync(account)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Sandbox(contacts=6, requests_per_second=None) as account:
        yield Lab(account)


def texts(records: list[dict[str, Any]]) -> set[str]:
    return {json.dumps(record, sort_keys=True) for record in records}


def assert_fits_its_schema(output: Output) -> None:
    for stream, records in output.records.items():
        validator = Draft202012Validator(output.schemas[stream])
        for record in records:
            validator.validate(record)


SLOWLY = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("below_parents", [False, True], ids=["collections", "below parents"])
@SLOWLY
@given(seed=st.integers(0, 10**6), values=st.lists(JSON, min_size=1, max_size=20))
def test_every_row_that_was_left_alone_arrives(
    lab: Lab,
    below_parents: bool,
    seed: int,
    values: list[Any],
) -> None:
    streams = CHILDREN if below_parents else OTHERS
    with Spoiler(
        account=lab.account, values=values, below_parents=below_parents, seed=seed
    ) as spoiler:
        output = sync(spoiler, streams, max_retries=1, page_size=10)
    assert_fits_its_schema(output)
    assert any(spoiler.spoilt.values())
    for stream in STREAMS:
        name = str(vars(stream)["name"])
        if name in streams:
            spoilt = spoiler.spoilt[_PLACEHOLDER.sub("{}", stream.path)]
            missing = texts(lab.undisturbed.records[name]) - texts(output.records[name])
            for record in map(json.loads, missing):
                named = {str(record.get(key)) for key in (*output.keys[name], "id")}
                assert spoilt & named, (name, record)


@SLOWLY
@given(seed=st.integers(0, 10**6), values=st.lists(JSON, min_size=1, max_size=20))
def test_no_body_is_met_with_anything_but_a_sentence(
    lab: Lab, seed: int, values: list[Any]
) -> None:
    with Spoiler(account=lab.account, values=values, whole_bodies=True, seed=seed) as spoiler:
        output = sync(spoiler, OTHERS, max_retries=0, failures_expected=True)
    assert_fits_its_schema(output)
    unforeseen = {
        stream: error
        for stream, error in output.failures.items()
        if not isinstance(error, ApiError)
    }
    assert unforeseen == {}
