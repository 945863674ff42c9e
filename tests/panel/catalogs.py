"""The messages of the panel as Babel extracts them, and what a catalog says about each.

``python -m tests.panel.catalogs`` brings new messages into the catalogs, without a translation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from target_activecampaign.panel import language

PANEL: Final = Path(language.__file__).parent
_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS: Final = {
    "_": None,
    "N_": None,
    "language": None,
    "plural": (1, 2),
    "ngettext": (1, 2),
}


def extracted() -> Catalog:
    """Return all messages of the code and the templates."""
    found = Catalog()
    options = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
    for name, line, message, comments, _ in extract_from_dir(
        PANEL, _METHODS, options, keywords=_KEYWORDS
    ):
        found.add(message, None, [(name, line)], auto_comments=comments)
    return found


def update(code: str = "pt") -> None:
    """Bring a catalog up to date with the code."""
    catalog = language.catalog(code)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path = language.TRANSLATIONS / f"{catalog.locale}.po"
    with path.open("wb") as file:
        write_po(file, catalog, width=100, no_location=True, omit_header=False, sort_output=True)


if __name__ == "__main__":
    update()
