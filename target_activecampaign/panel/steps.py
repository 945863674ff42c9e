"""What the steps of a plan do, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.panel.labels import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_activecampaign.panel.language import Language

_SENTENCES: Final[dict[str, str]] = {
    "subscribe": N_("Put on the list “%(name)s”"),
    "unsubscribe": N_("Take off the list “%(name)s”"),
    "add_tag": N_("Give the tag “%(name)s”"),
    "remove_tag": N_("Take the tag “%(name)s” off"),
    "write_field": N_("Write the field “%(name)s”"),
    "enter_automation": N_("Enter the automation “%(name)s”"),
}
_PARTS: Final[dict[str, str]] = {
    "first_name": N_("first name"),
    "last_name": N_("last name"),
    "phone": N_("phone"),
}
_CREATE: Final = "create_or_update_contact"
_AGAIN: Final = "also_if_they_have_left"


def in_words(_: Language, step: Mapping[str, Any]) -> str:
    """Return one step of a dry run's plan as a sentence."""
    if _CREATE in step:
        parts = [_(_PARTS[name]) if name in _PARTS else str(name) for name in step[_CREATE]]
        if not parts:
            return _("Create the contact, if there is none yet")
        return _("Create or update the contact: %(parts)s", parts=", ".join(parts))
    for key, sentence in _SENTENCES.items():
        if key in step:
            told = _(sentence, name=step[key])
            return f"{told} {_('(also if they have left it)')}" if step.get(_AGAIN) else told
    return ", ".join(f"{key}: {value}" for key, value in step.items())
