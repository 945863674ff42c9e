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
        # Area code or country code written somewhere else.
        ({"ddi": "+5511", "ddd": None, "number": "987654321"}, WRITTEN),
        ({"ddi": "+5511", "ddd": "", "number": "98765-4321"}, WRITTEN),
        ({"ddi": "055", "ddd": "11", "number": "987654321"}, WRITTEN),
        ({**MOBILE, "ddd": "5511"}, WRITTEN),
        ({**MOBILE, "ddd": "55", "number": "11987654321"}, WRITTEN),
        ({**MOBILE, "number": "11987654321"}, WRITTEN),
        ({**MOBILE, "number": "011987654321"}, WRITTEN),
        ("0 15 11 98765-4321", WRITTEN),
        ("005511987654321", WRITTEN),
        ("+55 (011) 98765-4321", WRITTEN),
        ([{**MOBILE, "ddd": "20"}, MOBILE], WRITTEN),
        (["", "+55 11 98765-4321"], WRITTEN),
        # Mobile numbers from before the ninth digit.
        ({**MOBILE, "number": "87654321"}, WRITTEN),
        ({**MOBILE, "number": "8765-4321"}, WRITTEN),
        ({**MOBILE, "number": "1187654321"}, WRITTEN),
        ("551187654321", WRITTEN),
        ("(11) 8765-4321", WRITTEN),
        (
            {"ddi": "+55", "ddd": None, "number": "87654321"},
            formats(None, None, None, "987654321", None, None, None),
        ),
        # Numbers that cannot exist.
        ({**MOBILE, "number": "000000000"}, NONE),
        ({**MOBILE, "number": "111111111"}, NONE),
        ({**MOBILE, "number": "999999999"}, NONE),
        ({**MOBILE, "number": "99999999"}, NONE),
        ({**MOBILE, "number": "22222222"}, NONE),
        ({**MOBILE, "number": "187654321"}, NONE),
        ({**MOBILE, "number": "12345678"}, NONE),
        ({**MOBILE, "number": "3000000"}, NONE),
        ({**MOBILE, "number": "9876543210"}, NONE),
        ({**MOBILE, "number": "21987654321"}, NONE),
        ({**MOBILE, "ddd": "20"}, NONE),
        ({**MOBILE, "ddd": "10"}, NONE),
        ({**MOBILE, "ddd": "999", "number": "900000000"}, NONE),
        ("20987654321", NONE),
        ("12345678901", NONE),
        ("00000000000", NONE),
        # Not said to be foreign, and no Brazilian number: it is not taken for one of elsewhere.
        ("351912345678", NONE),
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


AREA_CODES = [
    *range(11, 20), 21, 22, 24, 27, 28, *range(31, 36), 37, 38, *range(41, 50), 51, 53, 54, 55,
    *range(61, 70), 71, 73, 74, 75, 77, 79, *range(81, 90), *range(91, 100),
]  # fmt: skip


@pytest.mark.parametrize("ddd", range(100))
def test_a_number_is_sent_when_its_area_code_exists(ddd: int) -> None:
    written = format_phone(phone_of({**MOBILE, "ddd": f"{ddd:02}"}), "e164")
    assert written == (f"+55{ddd}987654321" if ddd in AREA_CODES else None)


@pytest.mark.parametrize(
    ("written", "dial_code", "phone"),
    [
        (817011112222, "+81", Phone("81", None, "7011112222")),
        ("8107011112222", "+81", Phone("81", None, "07011112222")),
        ("07011112222", "+81", Phone("81", None, "07011112222")),
        ("+817011112222", None, Phone("81", None, "7011112222")),
        ("0081 70 1111 2222", None, Phone("81", None, "7011112222")),
        ("+1 (684) 633-1234", "+1684", Phone("1", None, "6846331234")),
        ("+5511987654321", "+81", Phone("55", "11", "987654321")),
        ("5511987654321", None, Phone("55", "11", "987654321")),
        # Half a number, one that no country has, and one digit repeated.
        ("1234", "+81", None),
        ("+81 1234", "+81", None),
        ("+999 12345678", None, None),
        ("+1 305 555 12345", None, None),
        ("+1 111 111 1111", "+1", None),
        ("000000000", "+351", None),
    ],
    ids=itertools.count(),
)
def test_a_foreign_number_in_one_piece_is_split_at_the_country_code(
    written: str | int, dial_code: str | None, phone: Phone | None
) -> None:
    assert phone_of(written, is_foreign=True, dial_code=dial_code) == phone


@pytest.mark.parametrize("phone_format", PHONE_FORMATS[:-1])
def test_a_foreign_buyer_has_no_area_code_and_no_mask(phone_format: str) -> None:
    parts = {"ddi": "+81", "ddd": None, "number": "07000000000"}
    written = format_phone(phone_of(parts, is_foreign=True, dial_code="+81"), phone_format)
    assert written in {"+8107000000000", "8107000000000", "07000000000"}


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


MOBILES = st.integers(10_000_000, 99_999_999).map(lambda digits: f"9{digits}")
LANDLINES = st.integers(20_000_000, 59_999_999).map(str)
WHOLE = tuple(name for name in PHONE_FORMATS if name not in {"number", "none"})


@given(
    st.sampled_from(AREA_CODES),
    (MOBILES | LANDLINES).filter(lambda number: len(set(number)) > 1),
)
def test_brazilian_numbers_keep_every_digit(ddd: int, number: str) -> None:
    phone = phone_of({"ddi": "55", "ddd": str(ddd), "number": number})
    for name in WHOLE:
        written = "".join(filter(str.isdigit, format_phone(phone, name) or ""))
        assert written.endswith(f"{ddd}{number}")


SEPARATORS = st.sampled_from(["", " ", "-", ".", ") ", " ("])


@given(st.sampled_from(AREA_CODES), MOBILES, st.booleans(), SEPARATORS, SEPARATORS, st.data())
def test_a_brazilian_mobile_is_the_same_however_it_is_written(
    ddd: int, number: str, has_ninth: bool, between: str, within: str, data: st.DataObject
) -> None:
    short = number[1:] if not has_ninth and number[1] in "6789" else number
    if len(set(short)) == 1:
        return
    shown = f"{short[:-4]}{within}{short[-4:]}"
    written = data.draw(
        st.sampled_from(
            [
                {"ddi": "+55", "ddd": str(ddd), "number": shown},
                {"ddi": None, "ddd": f"0{ddd}", "number": shown},
                {"ddi": f"55{ddd}", "ddd": None, "number": shown},
                {"ddi": "55", "ddd": str(ddd), "number": f"{ddd}{shown}"},
                {"ddi": "", "ddd": "", "number": f"{ddd}{between}{shown}"},
                f"{ddd}{between}{shown}",
                f"0{ddd}{between}{shown}",
                f"55{between}{ddd}{between}{shown}",
                f"+55 {ddd}{between}{shown}",
                int(f"55{ddd}{short}"),
            ]
        )
    )
    assert phone_of(written) == Phone("55", str(ddd), number)


@given(PARTS | st.fixed_dictionaries({"ddi": PARTS, "ddd": PARTS, "number": PARTS}))
def test_a_number_that_is_sent_as_brazilian_can_exist(parts: Any) -> None:
    phone = phone_of(parts)
    if phone is not None and phone.ddi == "55" and phone.ddd is not None:
        assert int(phone.ddd) in AREA_CODES
        assert phone.number[0] in "2345" if len(phone.number) == 8 else phone.number[0] in "79"
        assert len(set(phone.number)) > 1
