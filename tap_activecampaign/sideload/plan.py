"""How far a pass over the contacts must go. It is told, and asks nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tap_activecampaign.sideload.pass_checkpoint import PassCheckpoint, hindmost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tap_activecampaign.incremental.run_context import RunContext
    from tap_activecampaign.sideload.member import Member


@dataclass(frozen=True)
class PassPlan:
    """How far a pass goes.

    Attributes:
        began: When it began.
        since: Contacts that changed since then are asked for; None for all.
        must_be_full: Whether something else than an audit needs all contacts.
        checkpoint: Where an earlier run was cut off; None if the pass begins here.
    """

    began: datetime
    since: datetime | None
    must_be_full: bool
    checkpoint: PassCheckpoint | None = None

    @property
    def round_number(self) -> int:
        """How many rounds of records were emitted before."""
        return 0 if self.checkpoint is None else self.checkpoint.round_number

    def without_riders(self, own: Member | None) -> PassPlan:
        """Return the plan of a pass that serves nothing but the contacts."""
        return replace(self, since=None if own is None else own.bookmark)


def plan_for(riders: Sequence[Member], own: Member | None, run: RunContext) -> PassPlan:
    """Return how far a pass must go, from what the state says of its members.

    Args:
        riders: Streams whose rows come along.
        own: The contacts as a member, if they are selected.
        run: What holds for the run.
    """
    members = riders if own is None else [*riders, own]
    checkpoints = [PassCheckpoint.load(member.state) for member in members]
    finished = [
        unfinished is None and member.has_finished_pass_of(checkpoints)
        for member, unfinished in zip(members, checkpoints, strict=True)
    ]
    checkpoint = hindmost(
        [one for one, is_done in zip(checkpoints, finished, strict=True) if not is_done]
    )
    if checkpoint is not None and not any(member.comes_in_one_run for member in members):
        for member, unfinished, is_done in zip(members, checkpoints, finished, strict=True):
            member.is_done = is_done
            rows_met = unfinished.rows_met_in(checkpoint.round_number) if unfinished else None
            member.resume(rows_met or 0)
        return PassPlan(
            checkpoint.began, checkpoint.since, must_be_full=True, checkpoint=checkpoint
        )
    must_be_full = any(not member.is_incremental for member in members) or (
        own is not None and own.bookmark is None
    )
    began, every_days = run.began(), run.full_read_every_days
    is_due = any(member.trust.full_pass_is_due(began, every_days) for member in riders)
    since = [member.trust.contacts_since for member in riders]
    if own is not None:
        since.append(own.bookmark)
    oldest = None if must_be_full or is_due else min(filter(None, since), default=None)
    return PassPlan(began, oldest, must_be_full)


def costs_more(contacts: int, rows: Iterable[int], run: RunContext) -> bool:
    """Return whether a pass over all contacts costs more requests than the streams' own paths.

    The pass is made once in an audit period. A stream that does not ride is read in each run, and
    most accounts are read once a day.

    Args:
        contacts: How many contacts there are.
        rows: How many rows each of the streams has.
        run: What holds for the run.
    """
    return contacts > max(run.full_read_every_days, 1) * sum(rows)
