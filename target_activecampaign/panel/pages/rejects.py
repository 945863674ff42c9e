"""The page of rejects: what could not be applied, what to do, and sending it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.inbox.errors import UnreadableBodyError
from target_activecampaign.panel.json_field import object_in
from target_activecampaign.panel.order_index import orders_of
from target_activecampaign.panel.sentences import translated

if TYPE_CHECKING:
    from starlette.responses import Response

    from target_activecampaign.panel.reject_list import Reject
    from target_activecampaign.panel.visit import Visit

_PAGE: Final = 50


def list_rejects(visit: Visit) -> Response:
    """Show rejects, the newest first; those that wait, unless all are asked for."""
    workspace = visit.workspace
    everything = workspace.rejects.all(workspace.target.values)
    wants_all = visit.query("show") == "all"
    shown = [one for one in everything if wants_all or one.is_open]
    page = int(visit.query("page")) if visit.query("page").isdecimal() else 1
    begin = (page - 1) * _PAGE
    return visit.render(
        "rejects.html",
        rejects=shown[begin : begin + _PAGE],
        wants_all=wants_all,
        page=page,
        has_more=len(shown) > begin + _PAGE,
        waiting=sum(one.is_open for one in everything),
        of_all=len(everything),
        file=workspace.rejects_path(),
    )


def mend_reject(visit: Visit) -> Response:
    """Show what Ticto sent, to be mended, or take in the mended body."""
    reject = _asked_for(visit)
    if reject is None:
        return _gone(visit)
    if visit.request.method == "GET":
        body = json.dumps(reject.body, ensure_ascii=False, indent=2)
        return visit.render("reject.html", reject=reject, body=body, fault="")
    body = visit.field("body")
    fault = _fault_of(visit, body)
    if fault:
        return visit.render("reject.html", status=422, reject=reject, body=body, fault=fault)
    return _send(visit, reject, body)


def send_again(visit: Visit) -> Response:
    """Feed a reject in again as it is."""
    reject = _asked_for(visit)
    if reject is None:
        return _gone(visit)
    return _send(visit, reject, json.dumps(reject.body, ensure_ascii=False))


def set_aside(visit: Visit) -> Response:
    """Note that nothing is to be done about a reject."""
    reject = _asked_for(visit)
    if reject is None:
        return _gone(visit)
    visit.workspace.rejects.set_aside(reject)
    return visit.redirect("/rejects", told=visit.language("The reject has been set aside."))


def _send(visit: Visit, reject: Reject, body: str) -> Response:
    _ = visit.language
    if not visit.workspace.rejects.send_again(reject, body):
        told = _("It had been sent again already; it was not sent a second time.")
    elif visit.workspace.settings.apply_every_seconds is None:
        told = _("It is in the inbox again, and is applied when the target runs next.")
    else:
        told = _("It is in the inbox again, and is applied within a moment.")
    return visit.redirect("/rejects", told=told)


def _fault_of(visit: Visit, body: str) -> str:
    """Return why a body would be rejected again, as far as it tells; "" if nothing is known."""
    _ = visit.language
    _value, fault = object_in(_, body)
    if fault:
        return fault
    try:
        list(orders_of(body, visit.workspace.zone()))
    except UnusableOrderError as error:
        return f"{translated(_, error.reason)} {translated(_, error.remedy)}"
    except UnreadableBodyError as error:
        return translated(_, str(error))
    return ""


def _asked_for(visit: Visit) -> Reject | None:
    workspace = visit.workspace
    mark = str(visit.request.path_params["mark"])
    return workspace.rejects.find(workspace.target.values, mark)


def _gone(visit: Visit) -> Response:
    _ = visit.language
    return visit.render(
        "message.html",
        status=404,
        title=_("There is no such reject"),
        text=_("It may have been taken out of the file of rejects."),
        back="/rejects",
    )
