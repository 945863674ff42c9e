"""What a check finds out about a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tap_activecampaign.check.estimate import Cost

WithContacts = Literal["proven", "likely", "not proven", "costs more", "off"]


@dataclass
class StreamCheck:
    """What is known of a stream before it is read.

    Attributes:
        stream: Its name.
        path: Its path below ``/api/3/``.
        is_available: Whether the token may read it.
        reason: Why it is not; no text of ActiveCampaign's.
        permission: What it needs, in ActiveCampaign's words.
        rows: How many rows there are; None if that is known only once they are read.
        rows_at_least: How many there are at least.
        replication_method: ``INCREMENTAL`` or ``FULL_TABLE``.
        replication_key: The property that tells what changed.
        later_runs: How later runs find what changed.
        order: What was proven of the order by date: ``honoured``, ``likely``, ``not honoured``,
            ``not proven``, or None where it does not matter.
        with_contacts: Whether the rows come with the contacts: ``proven``, by earlier runs or since
            all contacts were on one page; ``likely``, by what one page shows; ``not proven``;
            ``costs more`` than reading them by their own path; ``off``, since earlier runs have
            missed changes. None if they do not hang on contacts, or are not to be read so.
        with_contacts_reason: Why they do not, as the end of a sentence.
        cost: Its requests; None as long as the rows are not known.
        cost_is_least: Whether it may take more requests than that.
        shares_requests_with: Stream that is read from the same pages, and counts them.
        unknown_properties: What the answer holds and the schema does not.
        missing_properties: What the schema has and the answer does not.
    """

    stream: str
    path: str
    is_available: bool = True
    reason: str | None = None
    permission: str = ""
    rows: int | None = None
    rows_at_least: int = 0
    replication_method: str = "FULL_TABLE"
    replication_key: str | None = None
    later_runs: str = ""
    order: str | None = None
    with_contacts: WithContacts | None = None
    with_contacts_reason: str | None = None
    cost: Cost | None = None
    cost_is_least: bool = False
    shares_requests_with: str | None = None
    unknown_properties: list[str] = field(default_factory=list)
    missing_properties: list[str] = field(default_factory=list)
