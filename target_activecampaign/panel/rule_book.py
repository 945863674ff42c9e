"""All integrations and segmentations as pages show them, from the rule file and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.panel.account_names import host_of
from target_activecampaign.panel.rule_check import (
    WHOLE,
    integration_faults,
    products_of,
    rule_faults,
)
from target_activecampaign.panel.rule_form import RuleForm, form_of
from target_activecampaign.panel.rules_file import Rules, RulesFileError

if TYPE_CHECKING:
    from target_activecampaign.panel.rule_edits import Place
    from target_activecampaign.panel.target_config import TargetConfig

INTEGRATIONS: Final[Place] = ("integrations",)
SEGMENTATIONS: Final = "segmentations"
# The name of the rules that belong to no integration, in addresses of pages.
NO_INTEGRATION: Final = ""


@dataclass(frozen=True)
class RuleView:
    """One segmentation.

    Attributes:
        index: Its position in its list.
        title: Its title.
        form: What it says.
        raw: As the file has it.
        version: Changes when it does.
        faults: What is wrong with it, by key.
        can_be_edited: Whether it stands in the rule file.
    """

    index: int
    title: str
    form: RuleForm
    raw: dict[str, Any] = field(repr=False)
    version: str
    faults: dict[str, str]
    can_be_edited: bool


@dataclass(frozen=True)
class IntegrationView:
    """One integration, or what stands for the rules that have none.

    Attributes:
        name: Its name; "" for the rules without one.
        index: Its position in the rule file; None for the rules without an integration and for
            integrations of the settings.
        products: Ids or names; empty means all.
        api_url: The URL of its own account, if it has one.
        has_own_account: Whether it has one.
        host: The account that its rules write to; "" if none is known.
        is_active: Whether its rules are applied.
        version: Changes when it does; its rules do not count.
        rules: In the order in which they run.
        fault: What is wrong with it.
        can_be_edited: Whether it stands in the rule file.
    """

    name: str
    index: int | None
    products: list[str]
    api_url: str
    api_token: str = field(repr=False)
    has_own_account: bool
    host: str
    is_active: bool
    version: str
    rules: list[RuleView]
    faults: dict[str, str]
    can_be_edited: bool

    @property
    def place(self) -> Place:
        """Where its rules are in the rule file."""
        if self.index is None:
            return (SEGMENTATIONS,)
        return (*INTEGRATIONS, self.index, SEGMENTATIONS)

    @property
    def fault(self) -> str | None:
        """The first thing that is wrong with it."""
        for key, fault in self.faults.items():
            return fault if key == WHOLE else f"{key} {fault}"
        return None

    def rule(self, title: str) -> RuleView | None:
        """Return the rule with a title that can be edited."""
        return next((one for one in self.rules if one.title == title and one.can_be_edited), None)


@dataclass(frozen=True)
class RuleBook:
    """Everything at one moment.

    Attributes:
        integrations: The rules without an integration first, then each integration.
        fault: Why the rule file cannot be read, or None.
        can_be_edited: Whether there is a rule file that can be written.
    """

    integrations: list[IntegrationView]
    fault: str | None
    can_be_edited: bool

    @classmethod
    def of(cls, target: TargetConfig) -> RuleBook:
        """Read all rules."""
        rules, fault = Rules({}), None
        file = target.rules_file
        if file is not None:
            try:
                rules = file.read()
            except RulesFileError as error:
                fault = str(error)
        main_url = str(target.values.get("api_url") or "")
        settings = Rules({key: target.values.get(key) for key in ("integrations", SEGMENTATIONS)})
        own = _rule_views(rules, (SEGMENTATIONS,), None, frozenset(), can_be_edited=True)
        of_settings = _rule_views(
            settings, (SEGMENTATIONS,), None, frozenset(), can_be_edited=False
        )
        general = IntegrationView(
            name=NO_INTEGRATION,
            index=None,
            products=[],
            api_url=main_url,
            api_token="",
            has_own_account=False,
            host=host_of(main_url),
            is_active=True,
            version="",
            rules=[*of_settings, *own],
            faults={},
            can_be_edited=file is not None,
        )
        found = [
            _integration_view(source, index, main_url, can_be_edited=source is rules)
            for source in (settings, rules)
            for index in range(len(source.items(INTEGRATIONS)))
        ]
        return cls([general, *found], fault, file is not None and fault is None)

    @property
    def named(self) -> list[IntegrationView]:
        """The integrations proper."""
        return self.integrations[1:]

    @property
    def rules(self) -> list[tuple[IntegrationView, RuleView]]:
        """All rules with their integrations."""
        return [(one, rule) for one in self.integrations for rule in one.rules]

    def integration(self, name: str) -> IntegrationView | None:
        """Return an integration that can be edited, or the rules without one."""
        return next(
            (one for one in self.integrations if one.name == name and one.can_be_edited), None
        )


def account_of(view: IntegrationView, target: TargetConfig) -> dict[str, Any]:
    """Return the target's settings with the account that an integration writes to."""
    return (
        target.with_account(view.api_url, view.api_token)
        if view.has_own_account
        else (target.values)
    )


def _integration_view(
    source: Rules, index: int, main_url: str, *, can_be_edited: bool
) -> IntegrationView:
    items = source.items(INTEGRATIONS)
    raw = items[index] if isinstance(items[index], dict) else {}
    name = str(raw.get("name") or "").strip()
    own_url = str(raw.get("api_url") or "").strip()
    token = str(raw.get("api_token") or "").strip()
    return IntegrationView(
        name=name,
        index=index if can_be_edited else None,
        products=[str(one) for one in _listed(raw.get("products"))],
        api_url=own_url,
        api_token=token,
        has_own_account=bool(own_url or token),
        host=host_of(own_url or main_url),
        is_active=raw.get("active") is not False,
        version=source.version(INTEGRATIONS, index),
        rules=_rule_views(
            source,
            (*INTEGRATIONS, index, SEGMENTATIONS),
            name,
            products_of(raw),
            can_be_edited=can_be_edited,
        ),
        faults=integration_faults(items[index], others=items[:index])
        if isinstance(items[index], dict)
        else {WHOLE: "must be a mapping of keys to values"},
        can_be_edited=can_be_edited,
    )


def _rule_views(
    source: Rules,
    place: Place,
    integration: str | None,
    products: frozenset[str],
    *,
    can_be_edited: bool,
) -> list[RuleView]:
    items = source.items(place)
    views = []
    for index, raw in enumerate(items):
        rule = raw if isinstance(raw, dict) else {}
        form = form_of(rule)
        views.append(
            RuleView(
                index=index,
                title=form.title or f"#{index + 1}",
                form=form,
                raw=rule,
                version=source.version(place, index),
                faults=rule_faults(
                    rule, others=items[:index], integration=integration, products=products
                ),
                can_be_edited=can_be_edited,
            )
        )
    return views


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
