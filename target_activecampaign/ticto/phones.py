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
# Landlines and old mobiles have eight digits, mobiles nine.
_BRAZILIAN_LENGTHS: Final = (8, 9)
_SHORTEST_FOREIGN: Final = 4
_LONGEST_FOREIGN: Final = 14
_PARTIAL: Final = (
    phonenumbers.ValidationResult.TOO_SHORT,
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
)
_MASKED_TAIL: Final = 4


@dataclass(frozen=True)
class Phone:
    """A telephone number in parts; digits only.

    Attributes:
        ddi: Country code; empty if unknown.
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

    Args:
        parts: An object ``{ddi, ddd, number}``, one string or number with all digits, or nothing.
        is_foreign: Whether the order says that the buyer lives abroad.
        dial_code: The country code of the buyer's country, if the order names it.

    Returns:
        The parts, or None if there is no complete number.
    """
    abroad = _digits(dial_code) if is_foreign else ""
    if not isinstance(parts, dict):
        return _whole(text(parts) or "", is_foreign=is_foreign, abroad=abroad)
    written = text(parts.get("number")) or text(parts.get("phone")) or ""
    if not _digits(written) or written.startswith("+"):
        return _whole(written, is_foreign=is_foreign, abroad=abroad)
    ddi = _digits(parts.get("ddi")) or abroad
    if is_foreign and not ddi:
        return None
    if ddi and ddi != _BRAZIL:
        return _foreign(ddi, _digits(written), area=_digits(parts.get("ddd")))
    return _brazilian(ddi, _digits(parts.get("ddd")).lstrip("0"), _digits(written))


def _whole(written: str, *, is_foreign: bool, abroad: str) -> Phone | None:
    digits = _digits(written)
    if abroad and digits.startswith(abroad):
        return _foreign(abroad, digits[len(abroad) :])
    return _from_digits(digits, international=is_foreign or written.startswith("+"))


def _brazilian(ddi: str, ddd: str, number: str) -> Phone | None:
    if not ddd:
        split = _split_brazilian(number)
        if split is not None:
            return split
        # Without an area code it is usable as a bare number only.
        return Phone(ddi, None, number) if len(number) in _BRAZILIAN_LENGTHS else None
    if len(ddd) != _DDD_DIGITS:
        return None
    for prefix in (_BRAZIL + ddd, "0" + ddd, ddd):
        shorter = number.removeprefix(prefix)
        if shorter != number and len(number) > max(_BRAZILIAN_LENGTHS):
            number = shorter
            break
    return Phone(_BRAZIL, ddd, number) if len(number) in _BRAZILIAN_LENGTHS else None


def _split_brazilian(digits: str) -> Phone | None:
    national = digits
    if digits.startswith(_BRAZIL) and len(digits) - len(_BRAZIL) - _DDD_DIGITS in (
        _BRAZILIAN_LENGTHS
    ):
        national = digits[len(_BRAZIL) :]
    elif digits.startswith("0"):
        national = digits.lstrip("0")
    ddd, number = national[:_DDD_DIGITS], national[_DDD_DIGITS:]
    if len(number) in _BRAZILIAN_LENGTHS and "0" not in ddd:
        return Phone(_BRAZIL, ddd, number)
    return None


def _from_digits(digits: str, *, international: bool) -> Phone | None:
    if not digits:
        return None
    if not international or digits.startswith(_BRAZIL):
        split = _split_brazilian(digits)
        if split is not None:
            return split
    try:
        parsed = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    ddi = str(parsed.country_code)
    if ddi == _BRAZIL or not phonenumbers.is_possible_number(parsed):
        return None
    return _foreign(ddi, digits[len(ddi) :])


def _foreign(ddi: str, number: str, *, area: str = "") -> Phone | None:
    if area.strip("0"):
        # Some forms repeat the area code in the number.
        whole = [area + number, number] if number.startswith(area) else [area + number]
        number = next((digits for digits in whole if _is_valid(ddi, digits)), "")
    if not ddi or not _SHORTEST_FOREIGN <= len(number) <= _LONGEST_FOREIGN:
        return None
    parsed = _parsed(ddi, number)
    if parsed is not None and phonenumbers.is_possible_number_with_reason(parsed) in _PARTIAL:
        return None
    return Phone(ddi, None, number)


def _is_valid(ddi: str, number: str) -> bool:
    parsed = _parsed(ddi, number)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parsed(ddi: str, number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(f"+{ddi}{number}")
    except phonenumbers.NumberParseException:
        return None


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
    if not phone.is_brazilian and phone.ddi:
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
