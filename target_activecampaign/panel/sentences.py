"""The target's own sentences in the reader's language.

The target speaks English: in its errors, in rejects and in its plans. The catalog
``translations/target.<locale>.po`` has those that a person may meet in the panel, with names for
what varies in them. A sentence that it does not have is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from babel.messages.pofile import read_po

from target_activecampaign.panel import labels
from target_activecampaign.panel.language import TRANSLATIONS

if TYPE_CHECKING:
    from target_activecampaign.panel.language import Language

_PLACEHOLDER: Final = re.compile(r"%\\\((\w+)\\\)s")
_MOST_NESTED: Final = 4


def translated(_: Language, sentence: str, nested: int = 0) -> str:
    """Return one of the target's sentences in the reader's language."""
    bare = sentence.strip()
    if _.code == "en" or nested > _MOST_NESTED:
        return bare
    for pattern, message in _patterns(str(_.locale)):
        match = pattern.fullmatch(bare)
        if match is not None:
            parts = match.groupdict()
            return message % {name: _part(_, name, parts[name], nested) for name in parts}
    return bare


def _part(_: Language, name: str, text: str, nested: int) -> str:
    """Return what varies in a sentence: another sentence, a name that has a label, or a name."""
    if name == "rest":
        return translated(_, text, nested + 1)
    if name == "event":
        return labels.label(_, labels.EVENTS, text)
    if name == "types":
        known = {**labels.TYPES, **labels.SOURCES}
        return ", ".join(labels.label(_, known, one) for one in text.split(", "))
    return text


@cache
def _patterns(locale: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences of a catalog, those with the fewest parts that vary first."""
    with (TRANSLATIONS / f"target.{locale}.po").open("rb") as file:
        catalog = read_po(file, locale=locale)
    messages = [(str(one.id), str(one.string)) for one in catalog if one.id]
    messages.sort(key=lambda message: (message[0].count("%("), -len(message[0])))
    return [
        (
            re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL),
            said if "%(" in sentence else said.replace("%", "%%"),
        )
        for sentence, said in messages
    ]
