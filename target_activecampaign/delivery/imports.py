"""The account's bulk import: sizes, rates, sending and asking."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tap_activecampaign.api import ApiError, BrokenAnswerError, RequestRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_activecampaign.api import ApiSession

# ActiveCampaign API reference, bulk import.
MOST_CONTACTS: Final = 250
MOST_BYTES: Final = 399_999
_PER_MINUTE: Final = 100
_PER_MINUTE_OF_ONE: Final = 20
_ENVELOPE_BYTES: Final = 200
_FINAL: Final = frozenset(("completed", "failed", "interrupted"))
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 15.0
_LONGEST_IMPORT_SECONDS: Final = 3600.0
_RATE_WAIT_SECONDS: Final = 10.0
_RATE_TRIES: Final = 30


class ImportStuckError(ApiError):
    """An import has not come to an end."""


class InvalidContactsError(Exception):
    """A batch was refused because of some of its contacts; none of it was queued.

    Attributes:
        reasons: Index in the batch, from 0 -> reason.
    """

    def __init__(self, reasons: dict[int, str]) -> None:
        super().__init__("contacts of a batch are not valid")
        self.reasons = reasons


@dataclass(frozen=True)
class ImportResult:
    """The end of an import.

    Attributes:
        is_complete: Whether all contacts were dealt with.
        failed_emails: Addresses that it did not take, in lower case.
    """

    is_complete: bool
    failed_emails: frozenset[str]


class RateWindow:
    """Holds imports to so many a minute.

    Args:
        per_minute: The documented rate.
        clock: A clock that never goes back, in seconds.
        wait: Sleeps for so many seconds.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._starts: deque[float] = deque(maxlen=per_minute)
        self._clock = clock
        self._wait = wait

    def take(self) -> None:
        """Return when another import may be sent."""
        if len(self._starts) == self._starts.maxlen:
            seconds = self._starts[0] + 60.0 - self._clock()
            if seconds > 0:
                self._wait(seconds)
        self._starts.append(self._clock())


class Imports:
    """Sends batches and asks for their results.

    Args:
        session: The account.
        exclude_automations: Whether imports are to start no automations.
        wait: Sleeps for so many seconds.
    """

    def __init__(
        self,
        session: ApiSession,
        *,
        exclude_automations: bool = False,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._exclude_automations = exclude_automations
        self._wait = wait
        self._many = RateWindow(_PER_MINUTE, wait=wait)
        self._one = RateWindow(_PER_MINUTE_OF_ONE, wait=wait)

    def send(self, contacts: list[dict[str, Any]]) -> str:
        """Queue a batch; returns its id.

        Raises:
            InvalidContactsError: If contacts are not valid; nothing was queued.
            RetriableError: If the answer was lost; the batch may have been queued.
        """
        for _ in range(_RATE_TRIES):
            (self._one if len(contacts) == 1 else self._many).take()
            try:
                answer = self._session.request(
                    "POST",
                    "import/bulk_import",
                    body={"contacts": contacts, "exclude_automations": self._exclude_automations},
                    repeatable=False,
                )
            except RequestRefusedError as error:
                if error.status != 400:  # noqa: PLR2004
                    raise
                if not _is_rate_refusal(error.body):
                    raise _invalid_contacts(error, len(contacts)) from None
                self._wait(_RATE_WAIT_SECONDS)
                continue
            batch_id = answer.get("batchId") if isinstance(answer, dict) else None
            if not batch_id:
                raise BrokenAnswerError("ActiveCampaign did not tell the id of an import")
            return str(batch_id)
        raise RequestRefusedError("ActiveCampaign keeps refusing imports for their rate")

    def result(self, batch_id: str) -> ImportResult:
        """Wait for a batch to come to its end.

        Raises:
            ImportStuckError: If it does not within an hour.
        """
        for seconds in _growing_waits():
            answer = self._session.get(
                "import/info",
                {"batchId": batch_id},
                accepts=lambda body: isinstance(body, dict) and "status" in body,
            )
            # Right after queueing the status is the boolean false.
            if answer["status"] in _FINAL:
                failed = answer.get("failure")
                return ImportResult(
                    answer["status"] == "completed",
                    frozenset(str(email).strip().lower() for email in failed)
                    if isinstance(failed, list)
                    else frozenset(),
                )
            self._wait(seconds)
        raise ImportStuckError(
            "ActiveCampaign has not finished an import within an hour. Nothing is lost: run again "
            "with the same ledger and state"
        )

    def wait_for_all(self) -> None:
        """Wait until the account has no import under way.

        Raises:
            ImportStuckError: If that does not happen within an hour.
        """
        for seconds in _growing_waits():
            answer = self._session.get(
                "import/bulk_import",
                accepts=lambda body: isinstance(body, dict) and "outstanding" in body,
            )
            if not answer["outstanding"]:
                return
            self._wait(seconds)
        raise ImportStuckError(
            "ActiveCampaign has had imports under way for an hour. Nothing is lost: run again with "
            "the same ledger and state"
        )


def batches(sizes: list[int]) -> list[range]:
    """Split contacts into batches, as few and as even as the limits allow.

    Args:
        sizes: Bytes of each contact as it is sent.

    Returns:
        For each batch the indexes of its contacts.
    """
    count = -(-len(sizes) // MOST_CONTACTS)
    most = -(-len(sizes) // count) if count else 0
    found: list[range] = []
    start, total = 0, 0
    for index, size in enumerate(sizes):
        if index - start == most or (index > start and total + size > MOST_BYTES - _ENVELOPE_BYTES):
            found.append(range(start, index))
            start, total = index, 0
        total += size
    if start < len(sizes):
        found.append(range(start, len(sizes)))
    return found


def sent_bytes(contact: dict[str, Any]) -> int:
    """Return the bytes that a contact takes in a request, with its comma."""
    return len(json.dumps(contact)) + 2


def _growing_waits() -> Iterator[float]:
    """Yield ever longer waits, an hour of them in all."""
    waited, seconds = 0.0, _FIRST_WAIT_SECONDS
    while waited < _LONGEST_IMPORT_SECONDS:
        yield seconds
        waited += seconds
        seconds = min(seconds * 1.6, _LONGEST_WAIT_SECONDS)


def _is_rate_refusal(body: Any) -> bool:
    message = body.get("message") if isinstance(body, dict) else None
    return "rate limit" in str(message).lower()


def _invalid_contacts(error: RequestRefusedError, count: int) -> Exception:
    reasons = error.body.get("failureReasons") if isinstance(error.body, dict) else None
    found: dict[int, str] = {}
    for reason in reasons if isinstance(reasons, list) else ():
        position = reason.get("contact") if isinstance(reason, dict) else None
        if isinstance(position, int) and 1 <= position <= count:
            found.setdefault(position - 1, str(reason.get("failureReason") or "no reason given"))
    return InvalidContactsError(found) if found else error
