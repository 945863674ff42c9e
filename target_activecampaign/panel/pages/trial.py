"""The page where rules are tried on an order before anything happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_activecampaign.panel.json_field import object_in
from target_activecampaign.panel.pages.rule_saving import edit_of, sent_form
from target_activecampaign.panel.rules_file import RulesFileError
from target_activecampaign.panel.sentences import translated
from target_activecampaign.panel.trial import TrialError, try_record
from target_activecampaign.panel.visit import id_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from target_activecampaign.panel.rule_edits import Edit
    from target_activecampaign.panel.visit import Visit


def show_trial(visit: Visit) -> Response:
    """Ask for an order, received or pasted, and show what would become of it."""
    chosen = visit.field("order") or visit.query("order")
    pasted = visit.field("pasted")
    results: list[Any] = []
    fault = ""
    if visit.request.method == "POST" or chosen:
        results, fault = _tried(visit, "" if pasted else chosen, pasted, None)
    return visit.render(
        "trial.html",
        status=422 if fault and visit.request.method == "POST" else 200,
        recent=visit.workspace.recent_orders(id_of(chosen)),
        chosen=chosen,
        pasted=pasted,
        results=results,
        fault=fault,
        is_asked=visit.request.method == "POST" or bool(chosen),
    )


def try_rule(visit: Visit) -> Response:
    """Try a rule that has not been saved on an order; an answer for a part of its form."""
    book = visit.workspace.book()
    view = book.integration(visit.query("integration"))
    results: list[Any] = []
    fault = ""
    form = sent_form(visit)
    if view is None:
        fault = visit.language("There is no such integration")
    else:
        try:
            edit = edit_of(visit.workspace.target, view, visit.query("title") or None, form)
            results, fault = _tried(visit, visit.field("order"), visit.field("pasted"), edit)
        except RulesFileError as error:
            fault = translated(visit.language, str(error))
    label = f"{view.name} / {form.title}" if view is not None and view.name else form.title
    template = "trial_of_rule.html" if visit.is_partial else "trial_of_rule_page.html"
    return visit.render(template, results=results, fault=fault, label=label, is_asked=True)


def _tried(visit: Visit, chosen: str, pasted: str, edit: Edit | None) -> tuple[list[Any], str]:
    text = pasted
    if chosen.isdecimal():
        wanted = id_of(chosen)
        found = [] if wanted is None else visit.workspace.store.with_ids([wanted])
        if not found:
            return [], visit.language("There is no such order")
        text = found[0].body
    elif not pasted:
        return [], visit.language("Choose an order, or paste one.")
    record, fault = object_in(visit.language, text)
    if fault:
        return [], fault
    try:
        return try_record(visit.workspace.target, record, edit), ""
    except TrialError as error:
        return [], translated(visit.language, str(error))
