"""Scan a collection by offset and prove that no row slipped through between two pages.

Rows that are deleted or inserted while a scan runs push the others across page borders. Therefore
each page begins with the last row of the page before. As long as the rows keep their order among
themselves, a page that begins with a row already seen continues what was read without a gap: every
row that stood between them would stand in one of the two pages. When a page begins with an unseen
row, the scan steps back until one begins with a seen row, and then goes on. Rows seen before are
left out, so each row that was there during the whole scan is passed on exactly once.

Some collections have no stable order, so the proof fails on page after page. Then the scan stops
insisting, and reads the collection again until the server's total is reached or a pass brings
nothing new. So it does where the order seemed stable, but fewer rows came than the server counted
at any moment of the pass: rows of equal rank may change places behind an overlap that matches.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from tap_activecampaign.pagination.page import SMALLEST_PAGE, is_lost, next_offset
from tap_activecampaign.pagination.seen_keys import SeenKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Page, Row

_STEPS_BACK = 10
_STEPS_BACK_PER_PAGE = 3
_SHARE_OF_MIXED_PAGES = 0.2
_MIXED_PAGES = 4
_REPEATS_OF_FIRST_PAGE = 3
_EXTRA_PASSES = 8
_BARREN_PASSES = 2
_SHIFT = 37
# How many pages ahead the first probe is; each that has rows doubles it, up to the window.
_FIRST_PROBE = 2
# One that has no rows is followed by another halfway, if so many pages may lie before it.
_FAILED_PROBES = 2
_PAGES_WORTH_A_PROBE = 3


class OffsetScan:
    """Iterate over the rows of a collection, a list of new rows at a time.

    Args:
        fetch: Begins to fetch the page of ``limit`` rows at an offset.
        key: Returns what identifies a row.
        page_size: Rows to ask for; at least 2 are asked for, because pages overlap by one.
        window: Pages fetched ahead.
        seen: Rows to leave out; filled while scanning.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Future[Page]],
        key: Callable[[Row], Hashable],
        *,
        page_size: int,
        window: int,
        seen: SeenKeys | None = None,
    ) -> None:
        self._fetch = fetch
        self._key = key
        self._asked = max(page_size, SMALLEST_PAGE)
        self._full = self._asked
        self._window = window
        self.seen = SeenKeys() if seen is None else seen
        self.total: int | None = None
        self._met = SeenKeys()
        self._fewest: int | None = None
        # Pages that brought new rows.
        self._pages = 0
        self._mixed_pages = 0
        self._steps_back = 0
        self._ahead: dict[int, Future[Page]] = {}
        # The last page that was begun before iterating.
        self._last_begun = 0
        self._last_known = 0
        self._probe: int | None = None
        self._probing = True
        self._pages_to_probe = min(_FIRST_PROBE, window)
        self._beyond: int | None = None
        self._failed_probes = 0

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`.

        Where the server tells no total, each page waits for the one before, which costs no request
        beyond the end.
        """
        if not self._ahead:
            self._ahead[0] = self._fetch(0, self._asked)
            return True
        latest = self._ahead[self._last_begun]
        first = latest if self.total is None else self._ahead[0]
        if not first.done():
            return False
        if is_lost(first) or first.result().is_short:
            return None
        self.total = first.result().total
        offset = next_offset(self._last_begun, self._asked)
        if self.total is not None and offset >= self.total - 1:
            return None
        self._ahead[offset] = self._fetch(offset, self._asked)
        self._last_begun = offset
        return True

    @property
    def order_is_stable(self) -> bool:
        """Whether the rows kept their order among themselves, as far as can be seen."""
        is_mixed = self._mixed_pages > max(_MIXED_PAGES, self._pages * _SHARE_OF_MIXED_PAGES)
        return self._may_step_back() and not is_mixed

    def __iter__(self) -> Iterator[list[Row]]:
        yield from self._pass(0)
        barren = 0
        for number in range(1, _EXTRA_PASSES + 1):
            if self.is_complete or barren >= (1 if self.order_is_stable else _BARREN_PASSES):
                return
            before = len(self._met)
            yield from self._pass(number)
            barren = barren + 1 if len(self._met) == before else 0

    @property
    def rows_met(self) -> int:
        """How many rows came, those left out included."""
        return len(self._met)

    @property
    def is_complete(self) -> bool:
        """Whether all rows came that were there all the time, as far as can be told."""
        if self._fewest is None:
            return self.order_is_stable and not self._mixed_pages
        # What fits on a page cannot have changed places between two of them.
        return len(self._met) >= self._fewest or (self.order_is_stable and self._pages <= 1)

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        if not self.order_is_stable:
            return (
                f"ActiveCampaign returned the rows of '{name}' in changing order. They were read "
                f"again and repeated rows were left out; if rows seem to be missing, run again."
            )
        if self.is_complete or self.total is None:
            return None
        return (
            f"ActiveCampaign counts {self.total} rows of '{name}', but gave {self.rows_met}, also "
            f"when they were read again. Either its count includes rows that the token's user may "
            f"not see, or rows are missing; then run again."
        )

    def _may_step_back(self) -> bool:
        return self._steps_back < _STEPS_BACK + _STEPS_BACK_PER_PAGE * self._pages

    def _pass(self, number: int) -> Iterator[list[Row]]:
        # Rows of equal rank may stand in an order of their own on the pages of each offset.
        shift = number * _SHIFT % self._full
        self._fewest = None
        offset, page = 0, self._take(0)
        keys = self._keys_of(page)
        opening, repeats = keys, 0
        if page.is_short and not self._ends(0, page, page.rows):
            self._full = max(len(page.rows), SMALLEST_PAGE)
        try:
            while True:
                were_unmet = self._note_met(keys)
                fresh = list(compress(page.rows, were_unmet))
                ended = self._ends(offset, page, fresh)
                if not ended:
                    offset = next_offset(offset, len(page.rows) - shift)
                    shift = 0
                    self._fetch_ahead(offset)
                are_new = self.seen.add_each(compress(keys, were_unmet))
                if new := list(compress(fresh, are_new)):
                    yield new
                if ended:
                    return
                offset, page = self._continuing(offset)
                keys = self._keys_of(page)
                repeats = repeats + 1 if keys == opening else 0
                if offset and repeats >= _REPEATS_OF_FIRST_PAGE:
                    # The server ignores the offset: everything came at once.
                    return
        finally:
            self._drop_all()

    def _ends(self, offset: int, page: Page, fresh: list[Row]) -> bool:
        received = len(page.rows)
        if received >= self._full:
            # A full page is never believed to be the last: a total may be wrong.
            return False
        if not fresh:
            return True
        if page.total is not None:
            return offset + received >= page.total
        # A page behind longer ones is short for no other reason than the end.
        return offset > 0 or not page.may_be_capped()

    def _keys_of(self, page: Page) -> list[Hashable]:
        return list(map(self._key, page.rows))

    def _note_met(self, keys: list[Hashable]) -> list[bool]:
        """Note the rows of a page; return whether each was met for the first time."""
        were_unmet = self._met.add_each(keys)
        if True in were_unmet:
            self._pages += 1
            self._mixed_pages += False in were_unmet[were_unmet.index(True) :]
        return were_unmet

    def _continuing(self, offset: int) -> tuple[int, Page]:
        """Return a page that continues without a gap, stepping back from `offset` if rows moved."""
        page = self._take(offset)
        back = next_offset(0, self._full)
        # At offset 0 nothing of what was read is left: everything is new.
        while offset > 0 and not self._continues(page) and self._may_step_back():
            self._steps_back += 1
            offset = max(0, offset - back)
            back *= 2
            page = self._take(offset)
        return offset, page

    def _continues(self, page: Page) -> bool:
        return bool(page.rows) and self._key(page.rows[0]) in self._met

    def _take(self, offset: int) -> Page:
        future = self._ahead.pop(offset, None) or self._fetch(offset, self._asked)
        page = future.result()
        if page.total is not None:
            self.total = page.total
            self._fewest = min(page.total, page.total if self._fewest is None else self._fewest)
        return page

    def _fetch_ahead(self, offset: int) -> None:
        """Begin to fetch the pages that are known to exist from `offset` on.

        Where the server tells no total, one page farther ahead is probed: while it has rows, all
        pages before it exist. So at most two requests are spent beyond the end.
        """
        for behind in [known for known in self._ahead if known < offset - self._full]:
            self._ahead.pop(behind).cancel()
        step = next_offset(0, self._full)
        if self.total is not None:
            self._last_known = self.total - 2
        else:
            self._advance_probe(offset, step)
        for ahead in range(offset, offset + self._window * step, step):
            if ahead not in self._ahead and (ahead == offset or ahead <= self._last_known):
                self._ahead[ahead] = self._fetch(ahead, self._asked)

    def _advance_probe(self, offset: int, step: int) -> None:
        probe = self._ahead.get(self._probe) if self._probe is not None else None
        if probe is not None and probe.done() and not probe.cancelled():
            self._learn_from_probe(self._probe or 0, probe)
            self._probe = None
        elif probe is None:
            self._probe = None
        if self._probing and self._probe is None and self._window > 1:
            self._probe = self._next_probe(offset, step)
            if self._probe is not None and self._probe not in self._ahead:
                self._ahead[self._probe] = self._fetch(self._probe, self._asked)

    def _learn_from_probe(self, offset: int, probe: Future[Page]) -> None:
        rows = [] if probe.exception() else probe.result().rows
        if not rows:
            self._beyond = offset
            self._failed_probes += 1
            self._probing = self._failed_probes < _FAILED_PROBES
            return
        self._last_known = max(self._last_known, offset)
        self._pages_to_probe = min(self._pages_to_probe * 2, self._window)
        self._probing = len(rows) >= self._full

    def _next_probe(self, offset: int, step: int) -> int | None:
        """Return the offset of the page to probe, or None if it is not worth another request."""
        known = offset + max(self._last_known - offset, 0) // step * step
        if self._beyond is None:
            return known + self._pages_to_probe * step
        unknown_pages = (self._beyond - known) // step - 1
        if unknown_pages < _PAGES_WORTH_A_PROBE:
            return None
        return known + (unknown_pages + 1) // 2 * step

    def _drop_all(self) -> None:
        for future in self._ahead.values():
            future.cancel()
        self._ahead.clear()
