"""The account's bulk import: sizes, rates, sending and asking."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tap_activecampaign.api import (
    ApiRequest,
    BrokenAnswerError,
    NotFoundError,
    RequestRefusedError,
)
from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.delivery.polling import (
    after_overtaking,
    most_unfinished,
    seconds_to_wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_activecampaign.api import ApiSession

# ActiveCampaign API reference, bulk import.
MOST_CONTACTS: Final = 250
MOST_BYTES: Final = 399_999
_PER_MINUTE: Final = 100
_PER_MINUTE_OF_ONE: Final = 20
_ENVELOPE_BYTES: Final = 200
_FINAL: Final = frozenset(("completed", "failed", "interrupted"))
# Without any import's end; nothing is documented about how long one takes.
LONGEST_IMPORT_SECONDS: Final = 900.0
_LAG_SECONDS: Final = 2.5
_RATE_WAIT_SECONDS: Final = 10.0
_RATE_TRIES: Final = 30
# Refusals that concern the batch; any other would meet the next one too.
_OF_THE_BATCH: Final = frozenset((400, 413, 422))
_NOTHING_LOST: Final = "Nothing is lost: run again with the same ledger and state"


class InvalidContactsError(Exception):
    """A batch was refused because of some of its contacts; none of it was queued.

    Attributes:
        reasons: Index in the batch, from 0 -> reason. Empty if the refusal does not tell which
            contacts it means.
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
        longest_seconds: How long to wait for imports of which none ends.
        most_contacts: Contacts of one import.
        clock: A clock that never goes back, in seconds.
        wait: Sleeps for so many seconds.
    """

    def __init__(  # noqa: PLR0913
        self,
        session: ApiSession,
        *,
        exclude_automations: bool = False,
        longest_seconds: float = LONGEST_IMPORT_SECONDS,
        most_contacts: int = MOST_CONTACTS,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.exclude_automations = exclude_automations
        self.most_contacts = most_contacts
        self._session = session
        self._longest_seconds = longest_seconds
        self._clock = clock
        self._wait = wait
        self._many = RateWindow(_PER_MINUTE, clock=clock, wait=wait)
        self._one = RateWindow(_PER_MINUTE_OF_ONE, clock=clock, wait=wait)

    def send(self, contacts: list[dict[str, Any]]) -> str:
        """Queue a batch; returns its id.

        Raises:
            InvalidContactsError: If the batch is refused for what is in it; nothing was queued.
            RetriableError: If the answer was lost; the batch may have been queued.
        """
        body = {"contacts": contacts, "exclude_automations": self.exclude_automations}
        for _ in range(_RATE_TRIES):
            (self._one if len(contacts) == 1 else self._many).take()
            try:
                answer = self._session.send(
                    ApiRequest("POST", "import/bulk_import", body=body, repeatable=False)
                ).body
            except RequestRefusedError as error:
                if error.status not in _OF_THE_BATCH:
                    raise
                if not _is_rate_refusal(error.body):
                    raise InvalidContactsError(
                        invalid_contacts(error.body, len(contacts))
                    ) from None
                self._wait(_RATE_WAIT_SECONDS)
                continue
            batch_id = answer.get("batchId") if isinstance(answer, dict) else None
            if not batch_id:
                raise BrokenAnswerError("ActiveCampaign did not tell the id of an import")
            return str(batch_id)
        raise RequestRefusedError("ActiveCampaign keeps refusing imports for their rate")

    def results(self, batch_ids: Iterable[str]) -> Iterator[tuple[str, ImportResult]]:
        """Yield the results of batches, each as soon as it has come to its end.

        Args:
            batch_ids: The batches in the order of sending.

        Raises:
            DeliveryIncompleteError: After all other results, if some batches do not come to an end.
        """
        line = list(dict.fromkeys(batch_ids))
        count = len(line)
        began = quiet_since = self._clock()
        doubted_silence = 0.0
        while line:
            is_last_round = self._clock() - quiet_since >= self._longest_seconds
            patience = len(line) if is_last_round else most_unfinished(doubted_silence)
            unfinished: list[str] = []
            for batch_id in tuple(line):
                if len(unfinished) >= patience:
                    break
                result = self._result(batch_id)
                if result is None:
                    unfinished.append(batch_id)
                    continue
                line.remove(batch_id)
                line = after_overtaking(line, unfinished)
                unfinished.clear()
                yield batch_id, result
                # Only now: what the result calls for may take long, and is no silence.
                quiet_since = self._clock()
            if not line:
                return
            now = self._clock()
            silence = now - quiet_since
            if is_last_round and silence >= self._longest_seconds:
                raise DeliveryIncompleteError(
                    f"ActiveCampaign has not finished {len(line)} of {count} imports: none has "
                    f"come to its end for {self._longest_seconds / 60:g} minutes. {_NOTHING_LOST}"
                )
            wait = seconds_to_wait(
                elapsed=now - began, silence=silence, ended=count - len(line), unfinished=len(line)
            )
            doubted_silence = silence
            self._wait(max(min(wait, self._longest_seconds - silence), 0.0))

    def wait_for_all(self) -> None:
        """Wait until the account has no import under way, one that was sent just now included.

        Raises:
            DeliveryIncompleteError: If that does not happen.
        """
        # An import may be missing from the answer for about a second after it was queued.
        self._wait(_LAG_SECONDS)
        began = self._clock()
        while self.are_under_way():
            elapsed = self._clock() - began
            if elapsed >= self._longest_seconds:
                raise DeliveryIncompleteError(
                    f"ActiveCampaign has had imports under way for "
                    f"{self._longest_seconds / 60:g} minutes. {_NOTHING_LOST}"
                )
            wait = seconds_to_wait(elapsed=elapsed, silence=elapsed, ended=0, unfinished=1)
            self._wait(min(wait, self._longest_seconds - elapsed))

    def are_under_way(self) -> bool:
        """Return whether the account says that imports are under way, of whatever program."""
        answer = self._session.get(
            "import/bulk_import",
            accepts=lambda body: isinstance(body, dict) and "outstanding" in body,
        )
        return is_outstanding(answer["outstanding"])

    def _result(self, batch_id: str) -> ImportResult | None:
        """Return the result of a batch, or None as long as it has not come to its end."""
        try:
            answer = self._session.get(
                "import/info",
                {"batchId": batch_id},
                accepts=lambda body: isinstance(body, dict) and "status" in body,
            )
        except (NotFoundError, RequestRefusedError):
            # Not known any more; whatever it did, direct delivery does only what is missing.
            return ImportResult(is_complete=False, failed_emails=frozenset())
        # Right after queueing the status is the boolean false.
        if answer["status"] not in _FINAL:
            return None
        failed = answer.get("failure")
        return ImportResult(
            answer["status"] == "completed",
            frozenset(str(email).strip().lower() for email in failed)
            if isinstance(failed, list)
            else frozenset(),
        )


def batches(sizes: list[int], *, most_contacts: int = MOST_CONTACTS) -> list[range]:
    """Split contacts into batches, as few and as even as the limits allow.

    Args:
        sizes: Bytes of each contact as it is sent.
        most_contacts: Contacts of one batch.

    Returns:
        For each batch the indexes of its contacts.
    """
    count = -(-len(sizes) // most_contacts)
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


def fits(size: int) -> bool:
    """Return whether a contact of so many bytes may be sent in a batch at all."""
    return size <= MOST_BYTES - _ENVELOPE_BYTES


def is_outstanding(days: Any) -> bool:
    """Return whether an account's summary of imports under way, by day, tells of any.

    Args:
        days: What the API calls ``outstanding``; its counts are strings.
    """
    if not isinstance(days, list):
        return bool(days)
    return any(
        not isinstance(day, dict)
        or any(str(day.get(key, "0")).strip() not in {"0", ""} for key in ("batches", "contacts"))
        for day in days
    )


def _is_rate_refusal(body: Any) -> bool:
    message = body.get("message") if isinstance(body, dict) else None
    return "rate limit" in str(message).lower()


def invalid_contacts(body: Any, count: int) -> dict[int, str]:
    """Return what a refusal says of contacts of a batch: index in the batch, from 0 -> reason.

    Args:
        body: The body of the refusal.
        count: How many contacts the batch has.
    """
    reasons = body.get("failureReasons") if isinstance(body, dict) else None
    found: dict[int, str] = {}
    for reason in reasons if isinstance(reasons, list) else ():
        position = reason.get("contact") if isinstance(reason, dict) else None
        # Like other numbers of this API it may come as a string.
        if str(position).isdecimal() and 1 <= int(str(position)) <= count:
            found.setdefault(
                int(str(position)) - 1, str(reason.get("failureReason") or "no reason given")
            )
    return found
