"""The panel as routes that the inbox's application takes in beside its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from typing_extensions import override

from target_activecampaign.panel.pages import (
    door,
    integrations,
    orders,
    overview,
    rejects,
    segmentations,
    trial,
)
from target_activecampaign.panel.rendering import STATIC, environment
from target_activecampaign.panel.security import Guard, Password, signing_key
from target_activecampaign.panel.visit import Site, Visit, endpoint, language_of
from target_activecampaign.panel.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Scope

    from target_activecampaign.inbox.store import Store
    from target_activecampaign.panel.workspace import PanelSettings

_PAGES: dict[str, tuple[Callable[[Visit], Response], tuple[str, ...]]] = {
    "/": (overview.show, ("GET",)),
    "/integrations": (integrations.list_integrations, ("GET",)),
    "/integrations/new": (integrations.new_integration, ("GET", "POST")),
    "/integrations/edit": (integrations.edit_integration, ("GET", "POST")),
    "/integrations/switch": (integrations.switch_integration, ("POST",)),
    "/integrations/remove": (integrations.remove_integration, ("GET", "POST")),
    "/integrations/test": (integrations.test_connection, ("POST",)),
    "/segmentations": (segmentations.list_segmentations, ("GET",)),
    "/segmentations/new": (segmentations.new_segmentation, ("GET", "POST")),
    "/segmentations/edit": (segmentations.edit_segmentation, ("GET", "POST")),
    "/segmentations/switch": (segmentations.switch_segmentation, ("POST",)),
    "/segmentations/remove": (segmentations.remove_segmentation, ("GET", "POST")),
    "/segmentations/names": (segmentations.names_of_account, ("GET",)),
    "/segmentations/try": (trial.try_rule, ("POST",)),
    "/trial": (trial.show_trial, ("GET", "POST")),
    "/orders": (orders.list_orders, ("GET",)),
    "/orders/search": (orders.search_orders, ("POST",)),
    "/orders/{postback_id}": (orders.show_order, ("GET",)),
    "/orders/{postback_id}/send": (orders.send_again, ("POST",)),
    "/rejects": (rejects.list_rejects, ("GET",)),
    "/rejects/{mark}": (rejects.mend_reject, ("GET", "POST")),
    "/rejects/{mark}/send": (rejects.send_again, ("POST",)),
    "/rejects/{mark}/aside": (rejects.set_aside, ("POST",)),
    "/preferences": (door.set_preferences, ("POST",)),
    "/logout": (door.log_out, ("POST",)),
}


class Panel:
    """The panel of one inbox.

    Args:
        settings: The inbox's settings.
        store: The inbox.
        password: What visitors must know; None lets this machine in, and nobody else.
    """

    def __init__(self, settings: PanelSettings, store: Store, password: str | None) -> None:
        key = signing_key(settings.data_dir)
        self.workspace = Workspace(settings, store, key)
        site = Site(self.workspace, Password(password), environment())
        pages = Starlette(
            routes=[
                *(
                    Route(path, endpoint(site, page), methods=list(methods))
                    for path, (page, methods) in _PAGES.items()
                ),
                Route(
                    "/login", endpoint(site, door.log_in, is_public=True), methods=["GET", "POST"]
                ),
                Mount("/static", _KeptFiles(directory=STATIC)),
            ],
            exception_handlers={HTTPException: _refusal(site)},
        )
        pages.router.redirect_slashes = False
        self.routes: list[BaseRoute] = [Mount("/", Guard(pages, key=key, is_open=password is None))]

    @staticmethod
    def has_page(path: str) -> bool:
        """Return whether a path is that of a page."""
        return path in _PAGES or path == "/login"

    def start(self) -> None:
        """Begin to keep up with the inbox."""
        self.workspace.start()

    def close(self) -> None:
        """Stop keeping up."""
        self.workspace.close()


class _KeptFiles(StaticFiles):
    """Files that browsers keep: their address changes when they do."""

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _refusal(site: Site) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        from starlette.datastructures import FormData  # noqa: PLC0415

        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            # As for any path that takes no postbacks; people only meet it by a mistyped address.
            status = HTTPStatus.NOT_FOUND
        detail = error.detail if isinstance(error, HTTPException) else ""
        language = language_of(request, site)
        no_form: FormData = FormData()
        visit = Visit(request, site, language, no_form)
        if not site.password.is_known_to(request):
            if request.method != "GET":
                # A sender of postbacks must not take the way to the door for success.
                return PlainTextResponse("Not found", HTTPStatus.NOT_FOUND)
            return visit.redirect("/login")
        title, text = language("This did not work"), detail
        if status == HTTPStatus.NOT_FOUND:
            title = language("There is no such page")
            text = language("The address may be out of date.")
        return visit.render("message.html", status=status, title=title, text=text, back="/")

    return answer
