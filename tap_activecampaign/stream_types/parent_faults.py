"""What goes wrong below single parents: it is theirs, and no reason not to read the others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ApiError, InvalidTokenError, NotFoundError
from tap_activecampaign.failures import is_unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

# So many parents in a row, and the path is to blame.
_MEANS_THE_PATH = 3


class ParentFaults:
    """Collect the errors met below single parents, and tell when it is not the parents' fault.

    Args:
        each_by_itself: Whether permission is given parent by parent, so that any number of denials
            says nothing of the next parent.

    Attributes:
        denied: Ids of the parents below which nothing may be read.
        denial: How the first of them was denied.
    """

    def __init__(self, *, each_by_itself: bool) -> None:
        self._each_by_itself = each_by_itself
        self._answered = self._failed_in_a_row = self._unavailable = 0
        self._failure: ApiError | None = None
        self.denied: list[Any] = []
        self.denial: ApiError | None = None

    @contextmanager
    def below(self, parent_id: Any) -> Iterator[None]:
        """Take what is raised while one parent is read.

        Raises:
            ApiError: If the path is to blame, and not the parent.
        """
        try:
            yield
        except InvalidTokenError:
            raise
        except ApiError as error:
            if is_unavailable(error):
                self._take_unavailable(parent_id, error)
            else:
                self._take_failure(error)
        else:
            self._answered += 1
            self._failed_in_a_row = 0

    def finish(self) -> None:
        """Settle what could only be judged after the last parent.

        Raises:
            ApiError: If a parent could not be read, or none of them may be.
        """
        if self._failure is not None:
            raise self._failure
        if self.denial is not None and not self._answered:
            raise self.denial

    def _take_unavailable(self, parent_id: Any, error: ApiError) -> None:
        self._unavailable += 1
        # A parent may have been deleted since it was listed.
        if not isinstance(error, NotFoundError):
            self.denied.append(parent_id)
            self.denial = self.denial or error
        is_path = not self._answered and self._unavailable >= _MEANS_THE_PATH
        if is_path and not self._each_by_itself:
            raise error

    def _take_failure(self, error: ApiError) -> None:
        self._failed_in_a_row += 1
        self._failure = self._failure or error
        if self._failed_in_a_row >= _MEANS_THE_PATH:
            raise error
