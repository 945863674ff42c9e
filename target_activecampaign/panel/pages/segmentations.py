"""The page of segmentations: the rules, and Ticto's form for one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.panel.pages.rule_saving import (
    Conflict,
    account_check,
    delete_rule,
    save_rule,
    sent_form,
    sound_rule,
)
from target_activecampaign.panel.rule_book import IntegrationView, RuleView, account_of
from target_activecampaign.panel.rule_form import RuleForm, form_of, rule_of
from target_activecampaign.panel.rules_file import RulesChangedError, RulesFileError
from target_activecampaign.panel.sentences import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from target_activecampaign.panel.visit import Visit


def list_segmentations(visit: Visit) -> Response:
    """Show all rules, or those of one integration."""
    book = visit.workspace.book()
    wanted = visit.request.query_params.get("integration")
    shown = [one for one in book.integrations if wanted is None or one.name == wanted]
    if wanted is None:
        # The rules without an integration show only if there are any, or nothing else is there.
        shown = [one for one in shown if one.name or one.rules or not book.named]
    return visit.render(
        "segmentations.html",
        book=book,
        shown=shown,
        wanted=wanted,
        product_names=dict(visit.workspace.orders.products()),
    )


def new_segmentation(visit: Visit) -> Response:
    """Show an empty form or a copy of a rule, or take in a filled form."""
    view = _integration(visit)
    if view is None:
        return _gone(visit)
    if visit.request.method == "POST":
        return _save(visit, view, None)
    form = RuleForm(keep_if_still_earned=True)
    copied = view.rule(visit.query("copy_of"))
    if copied is not None:
        form = replace(copied.form, title=_free_title(copied.title, view, visit))
    return _form(visit, view, None, form, {})


def edit_segmentation(visit: Visit) -> Response:
    """Show the form of a rule, or take in a changed one."""
    view = _integration(visit)
    rule = view.rule(visit.query("title")) if view is not None else None
    if view is None:
        return _gone(visit)
    if visit.request.method == "POST":
        return _save(visit, view, visit.query("title"))
    if rule is None:
        return _gone(visit)
    return _form(visit, view, rule, rule.form, rule.faults)


def switch_segmentation(visit: Visit) -> Response:
    """Switch a rule on or off."""
    _ = visit.language
    view = _integration(visit)
    rule = view.rule(visit.query("title")) if view is not None else None
    if view is None or rule is None:
        return _gone(visit)
    is_on = visit.field("on") == "yes"
    form = replace(rule.form, active=is_on)
    try:
        save_rule(visit.workspace.target, view, rule.title, form, visit.field("version"))
    except Conflict as conflict:
        return _conflict(visit, view, conflict)
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = _("“%(title)s” is on.") if is_on else _("“%(title)s” is off.")
    return _to_list(visit, view, told % {"title": rule.title})


def remove_segmentation(visit: Visit) -> Response:
    """Ask whether a rule shall go, and let it go."""
    view = _integration(visit)
    rule = view.rule(visit.query("title")) if view is not None else None
    if view is None or rule is None:
        return _gone(visit)
    if visit.request.method == "GET":
        return visit.render("segmentation_remove.html", view=view, rule=rule)
    try:
        delete_rule(visit.workspace.target, view, rule.title, visit.field("version"))
    except Conflict as conflict:
        return _conflict(visit, view, conflict)
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = visit.language("“%(title)s” has been deleted.", title=rule.title)
    return _to_list(visit, view, told)


def names_of_account(visit: Visit) -> Response:
    """Return the lists, tags, fields and automations that the integration's account has now."""
    from starlette.responses import JSONResponse  # noqa: PLC0415 - of this page only

    _ = visit.language
    view = _integration(visit)
    if view is None:
        return JSONResponse({"fault": _("There is no such integration")}, 404)
    try:
        names = visit.workspace.accounts.names(account_of(view, visit.workspace.target))
    except ActiveCampaignError as error:
        told = _(
            "The account cannot be asked for its lists and tags now, so names must be typed: "
            "%(fault)s",
            fault=translated(_, str(error)),
        )
        return JSONResponse({"fault": told})
    counts = {kind: _.number(len(found)) for kind, found in names.choices.items()}
    told = _(
        "From %(host)s just now: %(lists)s lists, %(tags)s tags, %(fields)s fields, "
        "%(automations)s automations.",
        host=names.host,
        **counts,
    )
    choices = {kind: [one.as_json() for one in found] for kind, found in names.choices.items()}
    return JSONResponse({"told": told, **choices})


# --- saving -----------------------------------------------------------------------------------


def _save(visit: Visit, view: IntegrationView, title: str | None) -> Response:
    _ = visit.language
    form = sent_form(visit)
    rule = view.rule(title) if title is not None else None
    faults, parsed = sound_rule(view, title, form, rule.raw if rule is not None else {})
    note = None
    if parsed is not None and form.active:
        missing, note = account_check(visit, view, parsed)
        faults.update(missing)
    if faults:
        return _form(visit, view, rule, form, faults, status=422)
    try:
        save_rule(visit.workspace.target, view, title, form, visit.field("version"))
    except Conflict as conflict:
        return _conflict(visit, view, conflict)
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = _("“%(title)s” has been saved.", title=form.title)
    return _to_list(visit, view, f"{told} {note}" if note else told)


def _form(  # noqa: PLR0913 - what a form shows
    visit: Visit,
    view: IntegrationView,
    rule: RuleView | None,
    form: RuleForm,
    faults: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    target = visit.workspace.target
    known = visit.workspace.accounts.known(account_of(view, target))
    return visit.render(
        "segmentation_form.html",
        status=status,
        view=view,
        rule=rule,
        form=form,
        faults={key: translated(visit.language, fault) for key, fault in faults.items()},
        version=visit.field("version") or (rule.version if rule is not None else ""),
        title_before=visit.query("title"),
        known=known.choices if known is not None else {},
        products=visit.workspace.orders.products(),
        offers=visit.workspace.orders.offers(),
        recent=visit.workspace.recent_orders(),
        default_phone_format=str(target.values.get("default_phone_format") or "e164"),
    )


def _conflict(visit: Visit, view: IntegrationView, conflict: Conflict) -> Response:
    """Show what the file says now beside what was sent; nothing of either is lost."""
    mine, theirs = conflict.form, form_of(conflict.now) if conflict.now is not None else None
    return visit.render(
        "conflict.html",
        status=409,
        view=view,
        title_before=visit.query("title"),
        mine=mine,
        theirs=theirs,
        mine_raw=rule_of(mine) if mine is not None else None,
        theirs_raw=conflict.now,
        version=conflict.version,
    )


def _free_title(title: str, view: IntegrationView, visit: Visit) -> str:
    taken = {rule.title.casefold() for rule in view.rules}
    wanted = visit.language("%(title)s (copy)", title=title)
    number = 2
    free = wanted
    while free.casefold() in taken:
        free = f"{wanted} {number}"
        number += 1
    return free


def _integration(visit: Visit) -> IntegrationView | None:
    return visit.workspace.book().integration(visit.query("integration"))


def _to_list(visit: Visit, view: IntegrationView, told: str) -> Response:
    query: dict[str, Any] = {"integration": view.name} if view.name else {}
    return visit.redirect("/segmentations", told=told, **query)


def _gone(visit: Visit) -> Response:
    _ = visit.language
    return visit.render(
        "message.html",
        status=404,
        title=_("There is no such segmentation"),
        text=_("It may have been renamed or removed in another window."),
        back="/segmentations",
    )


def _not_saved(visit: Visit, error: Exception) -> Response:
    return visit.render(
        "message.html",
        status=409 if isinstance(error, RulesChangedError) else 500,
        title=visit.language("Nothing was saved"),
        text=translated(visit.language, str(error)),
        back="/segmentations",
    )
