"""Buyers' phone numbers: what Ticto sends, and the eight ways in which a rule may write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers

from target_activecampaign.ticto.values import text

PHONE_FORMATS: Final = (
    "e164",
    "ddi_ddd_number",
    "ddd_number",
    "number",
    "masked_national",
    "masked_international",
    "trunk_ddd_number",
    "none",
)
_BRAZIL: Final = "55"
_DDD_DIGITS: Final = 2
# Landlines have eight digits, mobiles nine. Mobiles had eight until 2016: they begin with 6 to 9.
_NATIONAL_DIGITS: Final = (10, 11)
_OLD_MOBILE_DIGITS: Final = 8
_MOBILES_BEGIN: Final = ("6", "7", "8", "9")
# Stands for an area code that is not known: subscriber numbers look the same in all areas.
_ANY_DDD: Final = "11"
# A trunk call names its carrier: 0, two digits of the carrier, area code, number.
_CARRIER_DIGITS: Final = 2
_COUNTRY_CODES: Final = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_MASKED_TAIL: Final = 4
# Of a list of phones.
_MOST: Final = 5


@dataclass(frozen=True)
class Phone:
    """A telephone number in parts; digits only.

    Attributes:
        ddi: Country code.
        ddd: Brazilian area code; None for foreign numbers and where it is missing.
        number: Subscriber number; for foreign numbers the whole national number as given, its area
            code included.
    """

    ddi: str
    ddd: str | None
    number: str

    @property
    def is_brazilian(self) -> bool:
        """Whether Brazil's rules for area codes and masks apply."""
        return self.ddi == _BRAZIL


def phone_of(parts: Any, *, is_foreign: bool = False, dial_code: Any = None) -> Phone | None:
    """Read a phone as Ticto sends it.

    Only a number that can exist is returned: its area code exists, it has as many digits as the
    country's numbers have, and it is not one digit repeated. A Brazilian mobile number of eight
    digits gets its ninth.

    Args:
        parts: An object ``{ddi, ddd, number}``, one string or number with all digits, a list of
            either, or nothing.
        is_foreign: Whether the order says that the buyer lives abroad.
        dial_code: The country code of the buyer's country, if the order names it.

    Returns:
        The parts, or None if there is no complete number.
    """
    abroad = _country_code(_digits(dial_code)) if is_foreign else ""
    for written in parts[:_MOST] if isinstance(parts, list) else [parts]:
        if isinstance(written, dict):
            phone = _in_parts(written, is_foreign=is_foreign, abroad=abroad)
        else:
            phone = _whole(text(written) or "", is_foreign=is_foreign, abroad=abroad)
        if phone is not None:
            return phone
    return None


def _in_parts(parts: dict[str, Any], *, is_foreign: bool, abroad: str) -> Phone | None:
    written = text(parts.get("number")) or text(parts.get("phone")) or ""
    if not _digits(written) or _is_international(written):
        return _whole(written, is_foreign=is_foreign, abroad=abroad)
    ddi, ddd = _digits(parts.get("ddi")).lstrip("0") or abroad, _digits(parts.get("ddd"))
    if is_foreign and not ddi:
        return None
    if ddi in {"", _BRAZIL}:
        return _brazilian(ddd, _digits(written))
    if ddi not in _COUNTRY_CODES:
        # The area code stands in the country code, as in +5511.
        return _whole(f"+{ddi}{ddd}{written}", is_foreign=is_foreign, abroad=abroad)
    return _foreign(ddi, _digits(written), area=ddd)


def _is_international(written: str) -> bool:
    return written.startswith(("+", "00"))


def _whole(written: str, *, is_foreign: bool, abroad: str) -> Phone | None:
    """Read a number that is written in one piece."""
    digits = _digits(written)
    is_international = _is_international(written)
    if is_international:
        digits = digits.lstrip("0")
    if abroad not in {"", _BRAZIL} and not (is_international and not digits.startswith(abroad)):
        if digits.startswith(abroad):
            return _foreign(abroad, digits[len(abroad) :])
        return _foreign(abroad, digits) if _is_valid(abroad, digits) else None
    if digits.startswith(_BRAZIL) or not (is_international or is_foreign):
        phone = _national(digits)
        if phone is not None:
            return phone
    return _international(digits) if is_international or is_foreign else None


def _international(digits: str) -> Phone | None:
    """Read digits that begin with a country code."""
    ddi = _country_code(digits)
    return None if ddi in {"", _BRAZIL} else _foreign(ddi, digits.removeprefix(ddi))


def _country_code(digits: str) -> str:
    """Return the country code that digits begin with, or nothing."""
    codes = (digits[:length] for length in range(1, 4))
    return next((code for code in codes if code in _COUNTRY_CODES), "")


def _brazilian(ddd: str, number: str) -> Phone | None:
    ddd = ddd.lstrip("0")
    if len(ddd) > _DDD_DIGITS:
        ddd = ddd.removeprefix(_BRAZIL)
    if not ddd:
        whole = _national(number)
        if whole is not None:
            return whole
        # Without an area code it is usable as a bare number only.
        subscriber = _subscriber(_ANY_DDD, number)
        return None if subscriber is None else Phone(_BRAZIL, None, subscriber)
    subscriber = _subscriber(ddd, number)
    if subscriber is not None:
        return Phone(_BRAZIL, ddd, subscriber)
    # Some forms repeat the area code, or the country code, in the number.
    whole = _national(number)
    return whole if whole is not None and ddd in {whole.ddd, _BRAZIL} else None


def _national(digits: str) -> Phone | None:
    """Read a Brazilian number in one piece, with or without country code, 0 and carrier."""
    trunk = digits.lstrip("0")
    written = [trunk]
    if trunk.startswith(_BRAZIL):
        written.append(trunk.removeprefix(_BRAZIL).lstrip("0"))
    if trunk != digits:
        written.append(trunk[_CARRIER_DIGITS:])
    for national in written:
        if len(national) in _NATIONAL_DIGITS:
            ddd, number = national[:_DDD_DIGITS], national[_DDD_DIGITS:]
            subscriber = _subscriber(ddd, number)
            if subscriber is not None:
                return Phone(_BRAZIL, ddd, subscriber)
    return None


def _subscriber(ddd: str, number: str) -> str | None:
    """Return a subscriber number that can exist in an area, with its ninth digit, or None."""
    if len(ddd) != _DDD_DIGITS or _is_one_digit(number):
        return None
    if len(number) == _OLD_MOBILE_DIGITS and number.startswith(_MOBILES_BEGIN):
        number = "9" + number
    if len(ddd + number) not in _NATIONAL_DIGITS:
        return None
    # Already in parts: to parse it again would cost more than all the rest.
    parsed = phonenumbers.PhoneNumber(int(_BRAZIL), int(ddd + number))
    return number if phonenumbers.is_valid_number(parsed) else None


def _foreign(ddi: str, number: str, *, area: str = "") -> Phone | None:
    if area.strip("0"):
        # Some forms repeat the area code in the number.
        whole = [area + number, number] if number.startswith(area) else [area + number]
        number = next((digits for digits in whole if _is_valid(ddi, digits)), "")
    parsed = _parsed(ddi, number)
    if parsed is None or _is_one_digit(str(parsed.national_number)):
        return None
    # The national plans change too often to ask for more than the right number of digits.
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return Phone(ddi, None, number) if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None


def _is_one_digit(number: str) -> bool:
    return len(set(number)) <= 1


def _is_valid(ddi: str, number: str) -> bool:
    parsed = _parsed(ddi, number)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parsed(ddi: str, number: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(f"+{ddi}{number}")
    except phonenumbers.NumberParseException:
        return None
    return parsed if str(parsed.country_code) == ddi else None


def format_phone(phone: Phone | None, phone_format: str) -> str | None:
    """Write a phone as a rule asks for it.

    Args:
        phone: The number, or None.
        phone_format: One of `PHONE_FORMATS`.

    Returns:
        The number, or None when it is to be left as it is: there is none, the format is ``none``,
        or a part that the format needs is missing.
    """
    if phone is None or phone_format == "none":
        return None
    if not phone.is_brazilian:
        # Abroad there are no area codes and no masks; the number stays as it was given.
        international = f"{phone.ddi}{phone.number}"
        return {
            "e164": f"+{international}",
            "masked_international": f"+{international}",
            "ddi_ddd_number": international,
        }.get(phone_format, phone.number)
    if phone_format == "number":
        return phone.number
    if phone.ddd is None:
        return None
    masked = f"({phone.ddd}) {phone.number[:-_MASKED_TAIL]}-{phone.number[-_MASKED_TAIL:]}"
    return {
        "e164": f"+{phone.ddi}{phone.ddd}{phone.number}",
        "ddi_ddd_number": f"{phone.ddi}{phone.ddd}{phone.number}",
        "ddd_number": f"{phone.ddd}{phone.number}",
        "masked_national": masked,
        "masked_international": f"+{phone.ddi} {masked}",
        "trunk_ddd_number": f"0{phone.ddd}{phone.number}",
    }[phone_format]


def _digits(value: Any) -> str:
    return re.sub(r"[^0-9]", "", text(value) or "")
