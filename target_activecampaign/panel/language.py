"""The panel's two languages: which one a visitor reads, and how it writes dates and numbers.

The messages are English in the code. A catalog in ``translations/`` holds the others; it is read
as its translators write it, so that nothing has to be compiled.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from target_activecampaign.panel.masking import NOTHING

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta, tzinfo

    from babel.messages import Catalog

TRANSLATIONS: Final = Path(__file__).with_name("translations")
LANGUAGES: Final = {"pt": "Português", "en": "English"}
_LOCALES: Final = {"pt": "pt_BR", "en": "en_US"}
_ACCEPTED: Final = re.compile(r"\s*([A-Za-z]{1,8})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([0-9.]+))?\s*")


@dataclass(frozen=True)
class Language:
    """One language, in the zone of the seller's stamps.

    Attributes:
        code: ``pt`` or ``en``.
        zone: Where times are shown.
    """

    code: str
    zone: tzinfo

    @property
    def locale(self) -> Locale:
        """The language and country by whose rules dates and numbers are written."""
        return Locale.parse(_LOCALES[self.code])

    @property
    def tag(self) -> str:
        """The value of HTML's ``lang``."""
        return _LOCALES[self.code].replace("_", "-")

    @property
    def translations(self) -> NullTranslations:
        """The messages."""
        return _translations(self.code)

    def __call__(self, message: str, **values: object) -> str:
        """Return a message in this language, with its ``%(name)s`` filled in."""
        text = str(self.translations.ugettext(message))
        return text % values if values else text

    def plural(self, one: str, several: str, count: int, **values: object) -> str:
        """Return the form of a message that goes with a count, which it may name ``%(count)s``."""
        text = str(self.translations.ungettext(one, several, count))
        return text % {"count": self.number(count), **values}

    def number(self, value: float) -> str:
        """Write a number."""
        return format_decimal(value, locale=self.locale)

    def percent(self, value: float) -> str:
        """Write a share between 0 and 1."""
        return format_percent(value, locale=self.locale)

    def time(self, value: datetime | None, style: str = "short") -> str:
        """Write a time in the seller's zone; a dash for none."""
        if value is None:
            return NOTHING
        return format_datetime(value.astimezone(self.zone), style, locale=self.locale)

    def day(self, value: date, style: str = "medium") -> str:
        """Write a day."""
        return format_date(value, style, locale=self.locale)

    def ago(self, value: timedelta) -> str:
        """Write how long ago something was."""
        return format_timedelta(-value, add_direction=True, locale=self.locale)


def preferred(accept_language: str) -> str:
    """Return the code of the language that a browser asks for; Portuguese if it asks for neither.

    Args:
        accept_language: The request's header of that name.
    """
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        match = _ACCEPTED.fullmatch(part)
        if match is not None and match[1].lower() in LANGUAGES:
            quality = float(match[2]) if match[2] and match[2].count(".") <= 1 else 1.0
            wanted.append((quality, match[1].lower()))
    return max(wanted, key=lambda one: one[0], default=(1.0, "pt"))[1]


def catalog(code: str) -> Catalog:
    """Read the catalog of a language."""
    with (TRANSLATIONS / f"{_LOCALES[code]}.po").open("rb") as file:
        return read_po(file, locale=_LOCALES[code])


@cache
def _translations(code: str) -> NullTranslations:
    if code == "en":
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalog(code))
    compiled.seek(0)
    return Translations(compiled)
