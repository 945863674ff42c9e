"""From a form that was sent to the rule file, if the rule is still the one that was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from target_activecampaign.panel.rule_book import account_of
from target_activecampaign.panel.rule_check import (
    account_faults,
    parsed_rules,
    products_of,
    rule_faults,
)
from target_activecampaign.panel.rule_edits import Delete, Insert, Update
from target_activecampaign.panel.rule_form import RuleForm, changed, changes_to, form_of, rule_of
from target_activecampaign.panel.rules_file import Rules, RulesFile, RulesFileError
from target_activecampaign.panel.sentences import translated

if TYPE_CHECKING:
    from target_activecampaign.panel.rule_book import IntegrationView
    from target_activecampaign.panel.rule_edits import Edit, Place
    from target_activecampaign.panel.target_config import TargetConfig
    from target_activecampaign.panel.visit import Visit
    from target_activecampaign.segmentation import Rule


class Conflict(Exception):  # noqa: N818 - not an error of anybody
    """Someone else has changed, renamed or deleted the rule meanwhile.

    Attributes:
        now: The rule as it is now; None if it is gone.
        version: Its version now.
        form: What was to be saved; None where it was to be deleted.
    """

    def __init__(self, now: dict[str, Any] | None, version: str, form: RuleForm | None) -> None:
        super().__init__("The rule has been changed meanwhile.")
        self.now = now
        self.version = version
        self.form = form


def sent_form(visit: Visit) -> RuleForm:
    """Return the form that a visitor has sent."""
    names, paths = visit.form.getlist("field_name"), visit.form.getlist("field_path")
    pairs = [
        (str(name).strip(), str(path).strip()) for name, path in zip(names, paths, strict=False)
    ]
    return RuleForm(
        title=visit.field("title"),
        event=visit.fields("event"),
        type=visit.fields("type"),
        products=visit.fields("products"),
        offers=visit.fields("offers"),
        source=visit.fields("source"),
        action=visit.field("action", "add"),
        list=visit.fields("list"),
        tags=[
            tag.strip() for text in visit.fields("tags") for tag in text.split(";") if tag.strip()
        ],
        phone_format=visit.field("phone_format"),
        fields=[pair for pair in pairs if any(pair)],
        automation=visit.fields("automation"),
        resubscribe=visit.field("resubscribe") == "yes",
        if_already_bought=visit.field("if_already_bought", "skip"),
        keep_if_still_earned=visit.field("keep_if_still_earned") == "yes",
        active=visit.field("active") == "yes",
    )


def sound_rule(
    view: IntegrationView, title: str | None, form: RuleForm, raw: dict[str, Any]
) -> tuple[dict[str, str], Rule | None]:
    """Return what is wrong with a rule by key, and the rule itself if nothing is.

    Args:
        view: Its integration.
        title: The title by which it was known, or None for a new one.
        form: What it shall say.
        raw: As the file has it; empty for a new one.
    """
    written = changed(raw, changes_to(raw, form)) if raw else rule_of(form)
    others = [one.raw for one in view.rules if one.title != title or not one.can_be_edited]
    products = products_of({"products": view.products})
    faults = rule_faults(written, others=others, integration=view.name or None, products=products)
    parsed = parsed_rules(
        [written], integration=view.name or None, products=products, default_format="e164"
    )
    return faults, parsed[0] if parsed and not faults else None


def account_check(
    visit: Visit, view: IntegrationView, rule: Rule
) -> tuple[dict[str, str], str | None]:
    """Return which names of a rule the account does not have, and a note if it cannot be asked."""
    try:
        names = visit.workspace.accounts.names(account_of(view, visit.workspace.target))
    except ActiveCampaignError as error:
        return {}, visit.language(
            "Whether its lists, fields and automations exist could not be checked: %(fault)s",
            fault=translated(visit.language, str(error)),
        )
    return account_faults(rule, names.directory), None


def save_rule(
    target: TargetConfig, view: IntegrationView, title: str | None, form: RuleForm, version: str
) -> None:
    """Write a rule.

    Args:
        target: The target's configuration.
        view: The rule's integration.
        title: The title by which it was known; None or a rule that is gone is written anew.
        form: What it shall say.
        version: The rule's version that the visitor has seen; "" for a new one.

    Raises:
        Conflict: If the rule is another one by now.
        RulesFileError: If the file cannot be written.
    """

    def edit_for(rules: Rules) -> Edit:
        place = place_now(rules, view)
        index = _index_of(rules, place, title)
        if _index_of(rules, place, form.title, but=index) is not None:
            raise RulesFileError(f"Another rule has been called {form.title!r} meanwhile.")
        if index is None:
            if version:
                raise Conflict(None, "", form)
            return Insert(place, rule_of(form))
        if rules.version(place, index) != version:
            raise Conflict(rules.items(place)[index], rules.version(place, index), form)
        return Update(place, index, changes_to(rules.items(place)[index], form))

    _file(target).change(edit_for)


def edit_of(target: TargetConfig, view: IntegrationView, title: str | None, form: RuleForm) -> Edit:
    """Return the edit that saving a form would make now; the rule counts as switched on.

    Raises:
        RulesFileError: If the rule file cannot be read.
    """
    rules = _file(target).read()
    place = place_now(rules, view)
    active = replace(form, active=True)
    index = _index_of(rules, place, title)
    if index is None:
        return Insert(place, rule_of(active))
    return Update(place, index, changes_to(rules.items(place)[index], active))


def delete_rule(target: TargetConfig, view: IntegrationView, title: str, version: str) -> None:
    """Delete a rule.

    Raises:
        Conflict: If the rule is another one by now.
        RulesFileError: If the file cannot be written.
    """

    def edit_for(rules: Rules) -> Edit:
        place = place_now(rules, view)
        index = _index_of(rules, place, title)
        if index is None:
            raise Conflict(None, "", None)
        if rules.version(place, index) != version:
            raise Conflict(rules.items(place)[index], rules.version(place, index), None)
        return Delete(place, index)

    _file(target).change(edit_for)


def place_now(rules: Rules, view: IntegrationView) -> Place:
    """Return where the rules of an integration are now.

    Raises:
        RulesFileError: If the integration is gone.
    """
    if view.index is None:
        return ("segmentations",)
    for index, raw in enumerate(rules.items(("integrations",))):
        if isinstance(raw, dict) and str(raw.get("name") or "").strip() == view.name:
            return ("integrations", index, "segmentations")
    raise RulesFileError(f"The integration {view.name!r} has been renamed or removed meanwhile.")


def _index_of(
    rules: Rules, place: Place, title: str | None, *, but: int | None = None
) -> int | None:
    if title is None:
        return None
    for index, raw in enumerate(rules.items(place)):
        known = form_of(raw).title or f"#{index + 1}"
        if index != but and known.casefold() == title.casefold():
            return index
    return None


def _file(target: TargetConfig) -> RulesFile:
    file = target.rules_file
    if file is None:
        raise RulesFileError("The target's configuration names no rules_path.")
    return file
