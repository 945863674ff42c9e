from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.pagination import SeenKeys

if TYPE_CHECKING:
    from collections.abc import Hashable

NUMBERS = st.integers(-5_000, 20_000) | st.integers() | st.booleans()
KEYS = st.lists(st.lists(NUMBERS | st.text(max_size=2) | st.none()))


@given(pages=KEYS)
def test_keys_that_are_added_together_are_known_as_in_a_set(pages: list[list[Hashable]]) -> None:
    seen = SeenKeys()
    known: set[Hashable] = set()
    for keys in pages:
        expected = []
        for key in keys:
            expected.append(key not in known)
            known.add(key)
        assert seen.add_each(keys) == expected
        assert len(seen) == len(known)
    assert all(key in seen for key in known)
    assert not any(seen.add(key) for key in known)
