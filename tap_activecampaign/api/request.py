"""One request to ActiveCampaign, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REPEATABLE_METHODS = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True)
class ApiRequest:
    """What is asked of ActiveCampaign, and what is known about asking twice.

    Attributes:
        method: HTTP method.
        path: Path below ``/api/3/``.
        params: Query parameters.
        body: Sent as JSON.
        repeatable: Whether sending it twice does no more than sending it once; told by the method
            if left out.
        accepts: Returns whether a parsed body is what the path promises. If it is not, the errors
            in it decide, see `embedded_errors`; without any the answer counts as broken and the
            request is repeated.
        may_ask_too_much: Whether the server may fail because it cannot gather so much in time. Then
            one repetition shows it, and asking for less helps more than asking again.
        already_done: Called before each repetition, since even a refusal may come from something
            between us and an account that has carried the request out. Returns the body of an
            answer that says what was done, or None if nothing was. A request that has it is
            repeated although it is not repeatable.
    """

    method: str
    path: str
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    body: Any = field(default=None, repr=False)
    repeatable: bool | None = None
    accepts: Callable[[Any], bool] | None = None
    may_ask_too_much: bool = False
    already_done: Callable[[], Any] | None = None

    @property
    def may_be_repeated(self) -> bool:
        """Whether it may be sent again although ActiveCampaign may have carried it out."""
        if self.already_done is not None:
            return True
        return self.method in _REPEATABLE_METHODS if self.repeatable is None else self.repeatable


class Answer(NamedTuple):
    """A successful answer: its HTTP status and its parsed body."""

    status: int
    body: Any
