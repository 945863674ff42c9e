"""The page of integrations: one product and the account that its rules write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.panel.rule_book import INTEGRATIONS, IntegrationView, account_of
from target_activecampaign.panel.rule_check import integration_faults, parsed_rules, products_of
from target_activecampaign.panel.rule_edits import Delete, Insert, Update
from target_activecampaign.panel.rule_form import number_or_text
from target_activecampaign.panel.rules_file import Rules, RulesChangedError, RulesFileError
from target_activecampaign.panel.sentences import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from target_activecampaign.panel.rule_edits import Edit
    from target_activecampaign.panel.visit import Visit


def list_integrations(visit: Visit) -> Response:
    """Show all integrations."""
    return visit.render(
        "integrations.html",
        book=visit.workspace.book(),
        product_names=dict(visit.workspace.orders.products()),
    )


def new_integration(visit: Visit) -> Response:
    """Show an empty form, or take in a filled one."""
    form = {"name": "", "products": [], "api_url": "", "account": "main", "active": True}
    if visit.request.method == "GET":
        return _form(visit, form, None, {})
    return _save(visit, None)


def edit_integration(visit: Visit) -> Response:
    """Show the form of an integration, or take in a changed one."""
    view = _asked_for(visit)
    if view is None or view.index is None:
        return _gone(visit)
    if visit.request.method == "POST":
        return _save(visit, view)
    form = {
        "name": view.name,
        "products": view.products,
        "api_url": view.api_url,
        "account": "own" if view.has_own_account else "main",
        "active": view.is_active,
    }
    return _form(visit, form, view, view.faults)


def switch_integration(visit: Visit) -> Response:
    """Switch an integration on or off."""
    _ = visit.language
    view = _asked_for(visit)
    if view is None or view.index is None:
        return _gone(visit)
    is_on = visit.field("on") == "yes"
    changes = {"active": None if is_on else False}
    try:
        _change(visit, view, lambda _rules, index: Update(INTEGRATIONS, index, changes))
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = (
        _("“%(name)s” is on.") if is_on else _("“%(name)s” is off; none of its rules is applied.")
    )
    return visit.redirect("/integrations", told=told % {"name": view.name})


def remove_integration(visit: Visit) -> Response:
    """Ask whether an integration shall go, and let it go."""
    view = _asked_for(visit)
    if view is None or view.index is None:
        return _gone(visit)
    if visit.request.method == "GET":
        return visit.render("integration_remove.html", view=view)
    try:
        _change(visit, view, lambda _rules, index: Delete(INTEGRATIONS, index))
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = visit.language("“%(name)s” and its rules have been removed.", name=view.name)
    return visit.redirect("/integrations", told=told)


def test_connection(visit: Visit) -> Response:
    """Ask an account now: does it answer, and does it have what the rules name?"""
    _ = visit.language
    target = visit.workspace.target
    view = _asked_for(visit)
    if visit.field("account") == "own":
        config = target.with_account(visit.field("api_url") or " ", _token(visit, view) or " ")
    elif visit.field("account") == "main" or view is None:
        config = target.values
    else:
        config = account_of(view, target)
    result: dict[str, Any] = {"fault": None, "names": None, "missing": []}
    try:
        names = visit.workspace.accounts.test(config)
    except ActiveCampaignError as error:
        result["fault"] = translated(_, f"{error}")
    else:
        result["names"] = names
        rules = _rules_of(view, config)
        result["missing"] = [translated(_, one) for one in names.directory.resolve(rules)[1]]
    template = "connection.html" if visit.is_partial else "connection_page.html"
    return visit.render(template, **result, view=view)


def _rules_of(view: IntegrationView | None, config: Mapping[str, Any]) -> tuple[Any, ...]:
    if view is None:
        return ()
    return parsed_rules(
        [rule.raw for rule in view.rules],
        integration=view.name or None,
        products=products_of({"products": view.products}),
        default_format=str(config.get("default_phone_format") or "e164"),
    )


def _asked_for(visit: Visit) -> IntegrationView | None:
    book = visit.workspace.book()
    return book.integration(visit.query("name"))


def _form(
    visit: Visit,
    form: Mapping[str, Any],
    view: IntegrationView | None,
    faults: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    products = visit.workspace.orders.products()
    return visit.render(
        "integration_form.html",
        status=status,
        form=form,
        view=view,
        # A form that comes back with faults is still about what its visitor has seen.
        version=visit.field("version") or (view.version if view is not None else ""),
        faults={key: translated(visit.language, fault) for key, fault in faults.items()},
        known_products=products,
        known_ids=[known for known, _name in products],
        main_url=str(visit.workspace.target.values.get("api_url") or ""),
    )


def _save(visit: Visit, view: IntegrationView | None) -> Response:
    form: dict[str, Any] = {
        "name": visit.field("name"),
        "products": visit.fields("products"),
        "api_url": visit.field("api_url"),
        "account": visit.field("account", "main"),
        "active": visit.field("active") == "yes",
    }
    is_own = form["account"] == "own"
    token = _token(visit, view)
    values: dict[str, Any] = {
        "name": form["name"] or None,
        "products": [number_or_text(one) for one in form["products"]] or None,
        "api_url": (form["api_url"] or None) if is_own else None,
        "api_token": (token or None) if is_own else None,
        "active": None if form["active"] else False,
    }
    raw = {key: value for key, value in values.items() if value is not None}
    book = visit.workspace.book()
    others = [{"name": one.name} for one in book.named if view is None or one.name != view.name]
    faults = integration_faults(raw, others=others)
    if is_own and not form["api_url"]:
        faults.setdefault("api_url", "is missing")
    if is_own and not token and view is not None and view.api_token:
        faults |= {"api_token": "must be entered again, because the address is another one"}
    if faults:
        return _form(visit, form, view, faults, status=422)
    try:
        if view is None:
            _insert(visit, raw)
        else:
            kept = {key: value for key, value in values.items() if _differs(view, key, value)}
            _change(visit, view, lambda _rules, index: Update(INTEGRATIONS, index, kept))
    except (RulesChangedError, RulesFileError) as error:
        return _not_saved(visit, error)
    told = visit.language("“%(name)s” has been saved.", name=form["name"])
    if view is None:
        return visit.redirect("/segmentations", integration=form["name"], told=told)
    return visit.redirect("/integrations", told=told)


def _token(visit: Visit, view: IntegrationView | None) -> str:
    """Return the key that was entered, else the known one, if it is for the same address.

    A known key never goes to another address: whoever changes the address could read it there.
    """
    given = visit.field("api_token")
    if given or view is None:
        return given
    return view.api_token if visit.field("api_url") == view.api_url else ""


def _differs(view: IntegrationView, key: str, value: Any) -> bool:
    before = {
        "name": view.name,
        "products": view.products or None,
        "api_url": view.api_url or None,
        "api_token": view.api_token or None,
        "active": None if view.is_active else False,
    }[key]
    now = [str(one) for one in value] if isinstance(value, list) else value
    return bool(before != now)


def _insert(visit: Visit, raw: dict[str, Any]) -> None:
    file = visit.workspace.target.rules_file
    if file is None:
        raise RulesFileError("The target's configuration names no rules_path.")

    def edit_for(rules: Rules) -> Edit:
        names = {str(one.get("name")).casefold() for one in rules.items(INTEGRATIONS)}
        if str(raw["name"]).casefold() in names:
            raise RulesChangedError
        return Insert(INTEGRATIONS, raw)

    file.change(edit_for)


def _change(visit: Visit, view: IntegrationView, edit_at: Any) -> None:
    """Change an integration if it is still what the visitor has seen."""
    file = visit.workspace.target.rules_file
    if file is None:
        raise RulesFileError("The target's configuration names no rules_path.")
    seen = visit.field("version") or view.version

    def edit_for(rules: Rules) -> Edit:
        for index, raw in enumerate(rules.items(INTEGRATIONS)):
            is_named = isinstance(raw, dict) and str(raw.get("name") or "").strip() == view.name
            if is_named and rules.version(INTEGRATIONS, index) == seen:
                edit: Edit = edit_at(rules, index)
                return edit
        raise RulesChangedError

    file.change(edit_for)


def _gone(visit: Visit) -> Response:
    _ = visit.language
    return visit.render(
        "message.html",
        status=404,
        title=_("There is no such integration"),
        text=_("It may have been renamed or removed in another window."),
        back="/integrations",
    )


def _not_saved(visit: Visit, error: Exception) -> Response:
    _ = visit.language
    if isinstance(error, RulesChangedError):
        return visit.render(
            "message.html",
            status=409,
            title=_("Nothing was saved"),
            text=_(
                "This integration has been changed meanwhile, in another window or in the file. "
                "Look at it as it is now, then change it again."
            ),
            back="/integrations",
        )
    return visit.render(
        "message.html",
        status=500,
        title=_("Nothing was saved"),
        text=translated(_, str(error)),
        back="/integrations",
    )
