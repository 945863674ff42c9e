"""Trouble that lasts on one path: its streams fail or are skipped, and all others are read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability.tap_process import MANY_SHAPES, TapRun, new_sandbox, run_tap, settings

if TYPE_CHECKING:
    from pathlib import Path

_SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class OwnTrouble:
    """What is wrong with one path, for good.

    Attributes:
        name: what the table calls it.
        kind: kind of the sandbox's fault.
        path: glob of the path.
        streams: those that read it.
        status: exit status of the run.
    """

    name: str
    kind: str
    path: str
    streams: tuple[str, ...]
    status: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of it: a line of the table.

    Attributes:
        faults: broken answers.
        lost: rows of other streams that an undisturbed run has and this one has not.
        kept_from_being_read: other streams that have lost any.
        sentences: lines that say that a stream failed or was skipped.
        status: exit status.
        err: standard error.
    """

    faults: int
    lost: int
    kept_from_being_read: int
    sentences: int
    status: int
    err: str

    def is_good(self, trouble: OwnTrouble) -> bool:
        """Whether nothing but the streams of the path suffered, and each is told of once."""
        is_contained = not (self.lost or self.kept_from_being_read or "Traceback" in self.err)
        is_told = self.sentences == len(trouble.streams) and self.status == trouble.status
        return self.faults > 0 and is_contained and is_told


_FIELDS = ("contact_custom_field_options", "contact_custom_fields")
OWN_TROUBLES = (
    OwnTrouble("500 on tags", "status_500", "tags", ("tags",)),
    OwnTrouble("503 on contacts", "status_503", "contacts", ("contacts",)),
    OwnTrouble("connection reset on numbered pages", "reset", "audiences", ("audiences",)),
    OwnTrouble("HTML in place of GraphQL", "html", "ecom/graphql", ("ecommerce_products",)),
    OwnTrouble("empty bodies on shared pages", "empty", "fields", _FIELDS),
    OwnTrouble("JSON cut short on deals", "truncated", "deals", ("deals",)),
    OwnTrouble("lists without their key", "missing_key", "lists", ("lists",)),
    OwnTrouble(
        "500 below every parent",
        "status_500",
        "customObjects/records/*",
        ("custom_object_records",),
    ),
    OwnTrouble("429 without end on contactTags", "status_429", "contactTags", ("contact_tags",)),
    OwnTrouble("422 on tags", "errors_list", "tags", ("tags",), 0),
    OwnTrouble("403 on contacts", "forbidden", "contacts", ("contacts",), 0),
    OwnTrouble("403 on shared pages", "forbidden", "fields", _FIELDS, 0),
    OwnTrouble("405 on GraphQL", "not_allowed", "ecom/graphql", ("ecommerce_products",), 0),
    OwnTrouble(
        "403 below every parent",
        "forbidden",
        "customObjects/records/*",
        ("custom_object_records",),
        0,
    ),
)


def live_through(trouble: OwnTrouble, folder: Path, good: TapRun) -> Outcome:
    """Run the tap while one path is out of order, and compare with a good day."""
    with new_sandbox() as sandbox:
        sandbox.faults.next(trouble.kind, trouble.path, times=None, retry_after=0)
        done = run_tap(settings(sandbox, max_retries=1), folder)
        faults = sandbox.faults.count
    # By their keys: contacts do not name the rows of a stream that could not be proven whole.
    missing = good.keys - done.keys
    lost = {
        stream: sum(count for (of, _), count in missing.items() if of == stream)
        for stream in MANY_SHAPES
        if stream not in trouble.streams
    }
    return Outcome(
        faults=faults,
        lost=sum(lost.values()),
        kept_from_being_read=sum(map(bool, lost.values())),
        sentences=sum(
            any(f"Stream '{stream}' {what}" in done.err for what in ("was not read", "is skipped"))
            for stream in trouble.streams
        ),
        status=done.status,
        err=done.err,
    )


def on_each_trouble(folder: Path, good: TapRun) -> dict[OwnTrouble, Outcome]:
    """Live through all of them, a few side by side."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        outcomes = pool.map(lambda one: live_through(one, folder, good), OWN_TROUBLES)
        return dict(zip(OWN_TROUBLES, outcomes, strict=True))
