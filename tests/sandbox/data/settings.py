"""Settings of the account: forms, templates, webhooks, feeds, tracking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.campaigns import SCREENSHOT
from tests.sandbox.sizes import Fixed, Share
from tests.sandbox.spec import Spec, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


# Value of a preference that is not to leave the account.
SECRET_PREFERENCE = "not-for-anybody"


def template(draft: Draft) -> Row:
    """Make a template; here `mdate` carries no offset."""
    return {
        "userid": "1",
        "ed_instanceid": "0",
        "ed_version": "3",
        "name": f"Modelo {draft.pick(1, names.WORDS)} {draft.key}",
        "subject": draft.pick(2, (None, "Novidades")),
        "content": f"<html>{'<p>Olá</p>' * 10}</html>" if draft.die(3, 4) else None,
        "categoryid": "1",
        "used": str(draft.die(4, 9)),
        "waitpreview": "0",
        "importnum": "0",
        "mdate": draft.naive(draft.updated) if draft.die(5, 6) else "0000-00-00 00:00:00",
        "preview_content": None,
        "modified": "1",
        "hidden": "0",
        "screenshot": SCREENSHOT,
        "links": draft.links("templateLists", "templateTags") if draft.die(6, 2) else [],
        "id": draft.id,
    }


def saved_response(draft: Draft) -> Row:
    """Make a saved response; never changed ones have no `mdate`."""
    changed = draft.updated != draft.created
    return {
        "title": f"Resposta {draft.key}",
        "subject": "Sobre sua matrícula",
        "body": "<p>Olá!</p>",
        "ldate": draft.offset(draft.updated) if draft.die(1, 2) else None,
        "last_sent_user_id": "1" if draft.die(1, 2) else None,
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated) if changed else None,
        "links": draft.links("user", "savedResponseCategorySavedResponse"),
        "id": draft.id,
    }


def form(draft: Draft) -> Row:
    """Make a form; empty objects come as arrays."""
    plain = draft.index % 3 == 1
    border: Row = {"width": 0, "style": "solid", "color": "B0B0B0", "radius": 0}
    return {
        "name": f"Formulário {draft.pick(1, names.WORDS)}",
        "action": "",
        "actiondata": []
        if plain
        else {
            "actions": [{"type": "subscribe-to-list", "email": "contato@example.com", "list": "1"}]
        },
        "submit": "show-thank-you",
        "submitdata": [] if plain else {"url": ""},
        "url": "",
        "layout": "inline-form",
        "title": "",
        "body": "",
        "button": "Enviar",
        "thanks": "Obrigado!",
        "style": {
            "background": "FFFFFF",
            "dark": True,
            "fontcolor": "000000",
            "layout": "normal",
            "border": border,
            "width": 500,
            "ac_branding": True,
            "button": {
                "padding": "10" if plain else 10,
                "background": "333333",
                "fontcolor": "FFFFFF",
                "border": border,
            },
        },
        "options": []
        if plain
        else {
            "blanks_overwrite": True,
            "confaction": "show-message",
            "sendoptin": True,
            "optin_id": 1,
            "optin_created": True,
            "confform": "2",
        },
        "cfields": [{"type": "header", "header": "Inscreva-se", "class": "_x41699710"}],
        "parentformid": "0",
        "userid": "1",
        "addressid": "0" if plain else "1",
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "entries": str(draft.die(2, 90)),
        "aid": None if plain else "0",
        "defaultscreenshot": SCREENSHOT,
        "screenshot": SCREENSHOT,
        "recent": [],
        "contacts": draft.die(3, 90),
        "deals": 0,
        "links": draft.links("address"),
        "id": draft.id,
        "address": None if plain else "1",
    }


def branding(draft: Draft) -> Row:
    """Make a group's branding; `links` is a flag in some records."""
    return {
        "groupid": draft.account.id_at("groups", draft.index),
        "siteName": "Escola Exemplo",
        "siteLogo": "https://img.example.com/logo.png",
        "siteLogoSmall": "https://img.example.com/logo-pequeno.png",
        "headerTextValue": "",
        "headerHtmlValue": "<p></p>",
        "footerTextValue": "",
        "footerHtmlValue": "<p></p>",
        "copyright": "1",
        "version": "1",
        "license": "1",
        "links": "1" if draft.index == 0 else draft.links("group"),
        "help": "1",
        "adminTemplateHtm": "",
        "adminTemplateCss": "",
        "publicTemplateHtm": "",
        "publicTemplateCss": "",
        "favicon": None,
        "admin_template_css_backup": None,
        "admin_template_htm_backup": None,
        "zendeskWidgetEnabled": "0",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "id": draft.id,
    }


def calendar(draft: Draft) -> Row:
    """Make a calendar feed; its token is a secret."""
    return {
        "userid": draft.account.id_at("users", draft.index),
        "title": f"Agenda {draft.key}",
        "type": "All",
        "token": draft.hex(1, 32),
        "notification": "0",
        "cdate": draft.offset(draft.created),
        "mdate": draft.offset(draft.updated),
        "links": draft.links("calendarRels", "calendarUsers"),
        "id": draft.id,
    }


def config(draft: Draft) -> Row:
    """Make a setting; one is a secret."""
    names = ("pagination.users_index", "site_timezone", "editor", "zoom_api_token")
    values = ("20", "America/Sao_Paulo", "", SECRET_PREFERENCE)
    return {
        "keyname": names[draft.index % 4],
        "section": "",
        "item": "",
        "userid": "1",
        "val": values[draft.index % 4],
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None,
        "links": draft.links("owner"),
        "id": draft.id,
        "owner": "1",
    }


def webhook(draft: Draft) -> Row:
    """Make a webhook."""
    return {
        "cdate": draft.offset(draft.created),
        "listid": "0",
        "name": f"Aviso {draft.key}",
        "url": f"https://www.example.com/avisos/{draft.key}",
        "events": ["subscribe", "unsubscribe"][: 1 + draft.index % 2],
        "sources": ["public", "admin", "api", "system"],
        "state": "1" if draft.index % 3 else "0",
        "deactivated_date": None if draft.index % 3 else draft.naive(draft.updated),
        "links": [],
        "id": draft.id,
    }


def event_name(draft: Draft) -> Row:
    """Make the name of an event."""
    return {"name": ("__pagevisit", "__redir", "aula_assistida")[draft.index % 3]}


def whitelisting(draft: Draft) -> Row:
    """Make a tracked domain: JSON:API, UTC stamps."""
    domain = f"site{draft.key}.example.com"
    return {
        "type": "urlWhitelistings",
        "id": draft.id,
        "attributes": {
            "whitelisted_domain": domain,
            "whitelisted_page": "*",
            "url_regex": f"#^{domain}(\\/.*)?$#",
            "conversations_enabled": 0,
            "tracking_enabled": 1,
            "created_at": draft.account.stamps.write(draft.created, "utc_z"),
            "updated_at": draft.account.stamps.write(draft.updated, "utc_z"),
            "wp_enabled": 0,
        },
    }


def tracked_domain(draft: Draft) -> Row:
    """Make a tracked domain as the older list shows it."""
    return {"name": f"site{draft.key}.example.com"}


SPECS = (
    Spec("templates", template, Share(0.01, least=6, most=500), updated=(("mdate", "naive"),)),
    Spec(
        "savedResponses",
        saved_response,
        Fixed(6),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
    ),
    Spec(
        "forms",
        form,
        Fixed(4),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        forbidden_when_missing=True,
    ),
    Spec(
        "brandings",
        branding,
        Fixed(3),
        created=(("created_timestamp", "naive"),),
        updated=(("updated_timestamp", "naive"),),
    ),
    Spec(
        "calendars",
        calendar,
        Fixed(3),
        created=(("cdate", "offset"),),
        updated=(("mdate", "offset"),),
    ),
    Spec(
        "configs",
        config,
        Fixed(5),
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("udate", "offset"), ("updated_timestamp", "naive")),
    ),
    Spec(
        "webhooks",
        webhook,
        Fixed(4),
        created=(("cdate", "offset"),),
        filters={"name": contains("name"), "url": contains("url"), "listid": equals("listid")},
    ),
    Spec(
        "eventTrackingEvents",
        event_name,
        Fixed(3),
        total="number",
        id_kind="name",
        id_property="name",
    ),
    Spec(
        "urlWhitelistings",
        whitelisting,
        Fixed(3),
        path="prism/urlWhitelistings",
        envelope="data",
        total="absent",
        created=(("attributes.created_at", "utc_z"),),
        updated=(("attributes.updated_at", "utc_z"),),
    ),
    Spec(
        "siteTrackingDomains",
        tracked_domain,
        Fixed(3),
        total="number",
        id_kind="name",
        id_property="name",
    ),
)
