"""Coming in and going out, and what a visitor prefers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_activecampaign.panel.language import LANGUAGES

if TYPE_CHECKING:
    from starlette.responses import Response

    from target_activecampaign.panel.visit import Visit

_THEMES = ("light", "dark", "auto")


def log_in(visit: Visit) -> Response:
    """Ask for the password, or take it in."""
    _ = visit.language
    password = visit.site.password
    back = _own_path(visit.query("back") or visit.field("back"))
    if password.is_known_to(visit.request):
        return visit.redirect(back)
    if visit.request.method == "GET":
        return visit.render("login.html", back=back, fault="")
    address = visit.request.client.host if visit.request.client is not None else ""
    seconds = password.seconds_to_wait(address)
    if seconds:
        fault = _.plural(
            "Too many wrong passwords. Wait %(count)s second.",
            "Too many wrong passwords. Wait %(count)s seconds.",
            seconds,
        )
        response = visit.render("login.html", status=429, back=back, fault=fault)
        response.headers["Retry-After"] = str(seconds)
        return response
    if not password.open(visit.request, str(visit.form.get("password", "")), address):
        fault = _("This is not the password.")
        return visit.render("login.html", status=403, back=back, fault=fault)
    return visit.redirect(back)


def log_out(visit: Visit) -> Response:
    """End the session."""
    visit.request.session.clear()
    return visit.redirect("/login")


def set_preferences(visit: Visit) -> Response:
    """Keep the language and the colours that the visitor has chosen."""
    if visit.field("language") in LANGUAGES:
        visit.request.session["language"] = visit.field("language")
    if visit.field("theme") in _THEMES:
        visit.request.session["theme"] = visit.field("theme")
    back = _own_path(visit.field("back"))
    path, _, query = back.partition("?")
    response = visit.redirect(path)
    response.headers["location"] = f"{path}?{query}" if query else path
    return response


def _own_path(path: str) -> str:
    """Return a path of the panel; whatever leads elsewhere leads to the first page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    # Browsers write every other letter as %XX, and a header takes nothing else.
    is_own = is_own and path.isascii()
    return path if is_own else "/"
