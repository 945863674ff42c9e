"""Phones: the eight formats, whole numbers only."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.ticto import PHONE_FORMATS, format_phone
from target_activecampaign.ticto.phones import Phone, phone_of

MOBILE = {"ddi": "+55", "ddd": "11", "number": "987654321"}
LANDLINE = {"ddi": "55", "ddd": "11", "number": "30000000"}
ABROAD = {"ddi": "+81", "ddd": None, "number": "07011112222"}
NONE = dict.fromkeys(PHONE_FORMATS)


def formats(*numbers: str | None) -> dict[str, str | None]:
    return dict(zip(PHONE_FORMATS, (*numbers, None), strict=True))


WRITTEN = formats(
    "+5511987654321", "5511987654321", "11987654321", "987654321",
    "(11) 98765-4321", "+55 (11) 98765-4321", "011987654321",
)  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (MOBILE, WRITTEN),
        ({**MOBILE, "ddi": None}, WRITTEN),
        ({**MOBILE, "ddd": "(011)"}, WRITTEN),
        ({**MOBILE, "number": "98765-4321"}, WRITTEN),
        ({**MOBILE, "number": "5511987654321"}, WRITTEN),
        ({"ddi": "", "ddd": "", "number": "11987654321"}, WRITTEN),
        ({"ddi": "55", "ddd": None, "number": "5511987654321"}, WRITTEN),
        ({"number": "+55 11 98765-4321"}, WRITTEN),
        ("+55 (11) 98765-4321", WRITTEN),
        ("11987654321", WRITTEN),
        (5511987654321, WRITTEN),
        ("011987654321", WRITTEN),
        (
            LANDLINE,
            formats(
                "+551130000000", "551130000000", "1130000000", "30000000",
                "(11) 3000-0000", "+55 (11) 3000-0000", "01130000000",
            ),
        ),
        # No area code: only the bare number is whole.
        (
            {"ddi": "+55", "ddd": None, "number": "987654321"},
            formats(None, None, None, "987654321", None, None, None),
        ),
        (
            ABROAD,
            formats(
                "+8107011112222", "8107011112222", "07011112222", "07011112222",
                "07011112222", "+8107011112222", "07011112222",
            ),
        ),
        ({**MOBILE, "number": ""}, NONE),
        ({**MOBILE, "number": "12345"}, NONE),
        ({**MOBILE, "ddd": "1"}, NONE),
        (None, NONE),
        ("", NONE),
        ({}, NONE),
        ([], NONE),
        ("12", NONE),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_formats_of_a_phone(parts: Any, written: dict[str, str | None]) -> None:
    phone = phone_of(parts)
    assert {name: format_phone(phone, name) for name in PHONE_FORMATS} == written


def test_a_foreign_number_in_one_piece_is_split_at_the_country_code() -> None:
    phone = phone_of(817011112222, is_foreign=True, dial_code="+81")
    assert phone == Phone("81", None, "7011112222")


@pytest.mark.parametrize(
    ("ddi", "ddd", "number", "written"),
    [
        ("+1", "305", "5551234", "+13055551234"),
        ("+1", "(305)", "555-1234", "+13055551234"),
        ("+1", "305", "3055551234", "+13055551234"),
        ("+1", "0", "3055551234", "+13055551234"),
        ("+351", "91", "2345678", "+351912345678"),
        ("+44", "020", "79460000", "+4402079460000"),
        # No number of that country comes out, so part of it is missing.
        ("+1", "305", "55512", None),
        ("+1", "999", "5551234", None),
        ("+1", None, "5551234", None),
        ("+81", "3", "1234", None),
    ],
)
@pytest.mark.parametrize("is_foreign", [True, False])
def test_an_area_code_abroad_is_joined_when_that_makes_a_number(
    ddi: str, ddd: str | None, number: str, written: str | None, is_foreign: bool
) -> None:
    parts = {"ddi": ddi, "ddd": ddd, "number": number}
    assert format_phone(phone_of(parts, is_foreign=is_foreign, dial_code=ddi), "e164") == written


PARTS = st.none() | st.text() | st.integers()


@given(
    PARTS | st.fixed_dictionaries({"ddi": PARTS, "ddd": PARTS, "number": PARTS}),
    st.booleans(),
    PARTS,
    st.sampled_from(PHONE_FORMATS),
)
def test_a_phone_is_whole_or_none(
    parts: Any,
    is_foreign: bool,
    dial_code: Any,
    phone_format: str,
) -> None:
    written = format_phone(
        phone_of(parts, is_foreign=is_foreign, dial_code=dial_code), phone_format
    )
    if written is not None:
        digits = [character for character in written if character.isdigit()]
        assert set(written) <= set("+0123456789() -")
        assert len(digits) >= 4


@given(st.sampled_from(range(11, 100)), st.integers(10_000_000, 999_999_999))
def test_brazilian_numbers_keep_every_digit(ddd: int, number: int) -> None:
    phone = phone_of({"ddi": "55", "ddd": str(ddd), "number": str(number)})
    for name in PHONE_FORMATS[:3] + PHONE_FORMATS[4:7]:
        written = "".join(filter(str.isdigit, format_phone(phone, name) or ""))
        assert written.endswith(f"{ddd}{number}")
