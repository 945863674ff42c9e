"""Streams that failed for good: each is told of at the end, and keeps no other from being read."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from singer_sdk import mapper
from singer_sdk.exceptions import SyncLifecycleSignal

from tap_activecampaign.api import (
    AccessDeniedError,
    ActiveCampaignError,
    ApiError,
    InvalidTokenError,
    NotFoundError,
    RequestRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

# What the SDK raises to control a run, and what would meet every stream alike: records that cannot
# be written, and a machine without memory.
_NEVER_OF_ONE_STREAM = (SyncLifecycleSignal, OSError, MemoryError, InvalidTokenError)
_STATUSES_OF_UNAVAILABLE = (
    requests.codes.method_not_allowed,
    requests.codes.unprocessable_entity,
)
# The session has asked already whether the token is to blame.
_ALWAYS_OF_ONE_STREAM = (AccessDeniedError, NotFoundError)


def is_unavailable(error: Exception) -> bool:
    """Return whether an error means that the plan or the user's group may not read a path.

    422 is what a path answers that wants a parameter which only other plans or accounts know, and
    405 what one answers that has nothing to read.
    """
    if isinstance(error, RequestRefusedError):
        return error.status in _STATUSES_OF_UNAVAILABLE
    return isinstance(error, (AccessDeniedError, NotFoundError))


class StreamsFailedError(ActiveCampaignError):
    """Some streams were not read to their end.

    Attributes:
        sentences: What happened, one for each stream.
    """

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class StreamFailures:
    """Collect what went wrong with single streams.

    Args:
        account_answers: Returns whether the account as a whole can be read. Asked only where a
            failure may have met a single stream or all of them.

    Attributes:
        errors: Why streams failed, by name.
    """

    def __init__(self, account_answers: Callable[[], bool]) -> None:
        self._account_answers = account_answers
        self.errors: dict[str, Exception] = {}

    def take(self, stream: str, error: Exception) -> None:
        """Note why a stream failed.

        Raises:
            Exception: The error itself, if it would meet every other stream alike.
        """
        if not self._is_of_one_stream(error):
            raise error
        self.errors[stream] = error
        logger.info("Stream '%s' cannot be read to its end; the other streams are read.", stream)
        logger.debug("Why stream '%s' failed", stream, exc_info=error)

    def raise_all(self) -> None:
        """End a run in which streams failed.

        Raises:
            StreamsFailedError: If there are any.
        """
        if self.errors:
            raise StreamsFailedError([_sentence(*failure) for failure in self.errors.items()])

    def _is_of_one_stream(self, error: Exception) -> bool:
        if isinstance(error, _NEVER_OF_ONE_STREAM):
            return False
        if isinstance(error, _ALWAYS_OF_ONE_STREAM):
            return True
        if isinstance(error, ApiError):
            return self._account_answers()
        # Settings and state concern the run; anything else is a defect met by what a stream holds.
        return not isinstance(error, ActiveCampaignError)


def _sentence(stream: str, error: Exception) -> str:
    cause = str(error).rstrip(".") if isinstance(error, ActiveCampaignError) else _defect(error)
    return f"Stream '{stream}' was not read to its end, and its bookmark stays: {cause}."


def _defect(error: Exception) -> str:
    """Return what is told of an error that is not ours; its text may quote what a row holds."""
    places = traceback.extract_tb(error.__traceback__)
    if any(place.filename == mapper.__file__ for place in places):
        return f"an expression of its stream map failed with {type(error).__name__}"
    place = places[-1]
    return (
        f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}, which is a "
        f"defect of this tap; please report it"
    )
