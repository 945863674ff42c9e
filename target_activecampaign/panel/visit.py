"""One request to a page, with everything that the page needs to answer it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from target_activecampaign.errors import TargetError
from target_activecampaign.inbox.errors import InboxError, raised_at
from target_activecampaign.panel.language import LANGUAGES, Language, preferred
from target_activecampaign.panel.security import form_token, is_own_form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

    from target_activecampaign.panel.security import Password
    from target_activecampaign.panel.workspace import Workspace

logger = logging.getLogger(__name__)

_MOST_FIELDS: Final = 500
_MOST_FORM_BYTES: Final = 2_000_000
_FLASH: Final = "flash"
_LONGEST_FLASH: Final = 400
# A longer one fits no column of any database.
_LONGEST_ID: Final = 18


@dataclass(frozen=True)
class Site:
    """What all visits share."""

    workspace: Workspace
    password: Password
    templates: Environment


@dataclass(frozen=True)
class Visit:
    """One request.

    Attributes:
        request: As it came.
        site: What all visits share.
        language: In which the visitor reads.
        form: The fields of a form that was sent; empty for a page that was asked for.
    """

    request: Request
    site: Site
    language: Language
    form: FormData

    @property
    def workspace(self) -> Workspace:
        """Rules, orders and accounts."""
        return self.site.workspace

    @property
    def is_partial(self) -> bool:
        """Whether the answer replaces a part of a page that is shown already."""
        return self.request.headers.get("hx-request") == "true"

    def query(self, name: str, default: str = "") -> str:
        """Return a parameter of the address, without blanks around it."""
        return self.request.query_params.get(name, default).strip()

    def field(self, name: str, default: str = "") -> str:
        """Return a field of the form, without blanks around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def fields(self, name: str) -> list[str]:
        """Return all values of a field that may be there several times."""
        values = (value for value in self.form.getlist(name) if isinstance(value, str))
        return [value.strip() for value in values if value.strip()]

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        page = self.site.templates.get_template(template)
        written = page.render(
            _=self.language,
            ngettext=self.language.plural,
            language=self.language,
            languages=LANGUAGES,
            visit=self,
            form_token=form_token(self.request),
            flash=self.request.session.pop(_FLASH, None),
            is_password_asked_for=self.site.password.is_asked_for,
            here=self.request.url.path,
            theme=self.request.session.get("theme", "auto"),
            warnings=self.workspace.warnings(self.language),
            **values,
        )
        return HTMLResponse(written, status)

    def redirect(self, path: str, *, told: str | None = None, **query: object) -> Response:
        """Send the visitor to another page, which says once what has happened."""
        if told is not None:
            # A browser takes no cookie of more than 4 kB.
            self.request.session[_FLASH] = _shortened(told, _LONGEST_FLASH)
        return RedirectResponse(address(path, **query), status_code=303)


def _shortened(text: str, most: int) -> str:
    """Return a text of so many characters at most."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def id_of(written: str) -> int | None:
    """Return the id that a part of an address names, or None if it names none."""
    return int(written) if written.isdecimal() and len(written) <= _LONGEST_ID else None


def address(path: str, **query: object) -> str:
    """Return a path with those parameters that have a value."""
    kept = {name: value for name, value in query.items() if value not in {None, ""}}
    return f"{quote(path)}?{urlencode(kept)}" if kept else quote(path)


def endpoint(
    site: Site, handler: Callable[[Visit], Response], *, is_public: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers requests by a page's handler, in a thread of its own.

    Args:
        site: What all visits share.
        handler: The page.
        is_public: Whether it is there for those who do not know the password.
    """

    async def answer(request: Request) -> Response:
        language = language_of(request, site)
        if not is_public and not site.password.is_known_to(request):
            back = request.url.path if request.method == "GET" else "/"
            return RedirectResponse(address("/login", back=back), status_code=303)
        form = FormData()
        if request.method == "POST":
            form = await _form_of(request, language)
        visit = Visit(request, site, language, form)
        try:
            return await run_in_threadpool(handler, visit)
        except Exception as error:  # noqa: BLE001 - its text may quote a body
            return _fault(visit, error)

    return answer


def _fault(visit: Visit, error: Exception) -> Response:
    """Tell that a page cannot be shown, on one that needs nothing of what has failed."""
    told, text = str(error), visit.language("Load this page again in a moment.")
    match error:
        case InboxError() | TargetError():
            # Sentences for the owner.
            status = 503
        case SQLAlchemyError():
            status, told = 503, f"The panel's index cannot be used ({type(error).__name__})."
        case _:
            status, told = 500, f"An unexpected {type(error).__name__} ({raised_at(error)})."
    logger.error("The page %s cannot be shown: %s", visit.request.url.path, told)
    return visit.render("fault.html", status=status, text=text, told=told)


def language_of(request: Request, site: Site) -> Language:
    """Return the language that the visitor has chosen, else that of the browser."""
    chosen = request.session.get("language")
    if chosen not in LANGUAGES:
        chosen = preferred(request.headers.get("accept-language", ""))
    return Language(chosen, site.workspace.zone())


async def _form_of(request: Request, language: Language) -> FormData:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST_FORM_BYTES:
        raise HTTPException(413, language("What you sent is too large."))
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_MOST_FORM_BYTES)
    given = form.get("form_token") or request.headers.get("x-form-token", "")
    if not is_own_form(request, str(given)):
        raise HTTPException(
            403,
            language(
                "This form is out of date or was not sent from this panel. Go back, load the page "
                "again and send it once more."
            ),
        )
    return form
