"""The orders that the target is fed, made from one of the examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.benchmark.programs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAM = "orders"
TAGS_PER_ORDER = 2
SEGMENTATION = {
    "title": "Compra",
    "event": "authorized",
    "list": "Alunos",
    "tags": "comprou_curso;cliente_vip",
}
EXAMPLES = ROOT / "examples" / "ticto-orders.jsonl"


def write_orders(path: Path, count: int) -> None:
    """Write orders of as many buyers as Singer messages, with a state at the end.

    Args:
        path: The file.
        count: How many.
    """
    with path.open("w", encoding="utf-8") as file:
        for message in _messages(count):
            file.write(json.dumps(message) + "\n")


def order(example: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an order like the example, of a buyer of its own.

    Args:
        example: A webhook body.
        number: Which buyer; decides the e-mail address, the phone and the hashes.
    """
    code = f"{number:08d}"
    customer = example["customer"]
    return {
        **example,
        "order": {**example["order"], "hash": f"TOC{code}", "transaction_hash": f"TPC{code}"},
        "transaction": {**example["transaction"], "hash": f"TPC{code}"},
        "customer": {
            **customer,
            "name": f"Buyer {code}",
            "email": f"buyer{code}@example.com",
            "phone": {**customer["phone"], "number": f"9{code}"},
        },
    }


def state_after(count: int) -> dict[str, Any]:
    """Return the state that follows so many orders."""
    return {"bookmarks": {STREAM: {"line": count}}}


def _messages(count: int) -> Iterator[dict[str, Any]]:
    yield {
        "type": "SCHEMA",
        "stream": STREAM,
        "schema": {"type": "object", "properties": {}},
        "key_properties": [],
    }
    with EXAMPLES.open(encoding="utf-8") as lines:
        examples = (json.loads(line) for line in lines)
        example = next(one for one in examples if one["status"] == "authorized")
    for number in range(count):
        yield {"type": "RECORD", "stream": STREAM, "record": order(example, number)}
    yield {"type": "STATE", "value": state_after(count)}
