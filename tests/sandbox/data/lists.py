"""Lists, tags, custom fields, scores, segments: how contacts are sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.sideloads import field_derived, field_sideload
from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import Child, Spec, at, contains, equals, equals_or_all, operators

if TYPE_CHECKING:
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def contact_list_table(draft: Draft) -> Row:
    """Make a list; `udate` is mostly null."""
    name = names.LISTS[draft.index % len(names.LISTS)]
    sms = name.endswith("SMS")
    return {
        "stringid": name.lower().replace(" ", "-"),
        "userid": "1",
        "name": name,
        "cdate": draft.offset(draft.created),
        "p_use_tracking": "1",
        "p_use_analytics_read": "0",
        "p_use_analytics_link": "0",
        "p_use_twitter": "0",
        "p_use_facebook": "0",
        "p_embed_image": "1",
        "p_use_captcha": "1",
        "send_last_broadcast": "0",
        "private": "0",
        "analytics_domains": None,
        "analytics_source": "",
        "analytics_ua": "",
        "twitter_token": "",
        "twitter_token_secret": "",
        "facebook_session": None,
        "carboncopy": None if draft.die(1, 2) else "",
        "subscription_notify": None,
        "unsubscription_notify": None,
        "require_name": "0",
        "get_unsubscribe_reason": "0",
        "to_name": "Assinante",
        "optinoptout": "1",
        "sender_name": "Escola Exemplo",
        "sender_addr1": "Rua Fictícia, 1",
        "sender_addr2": "",
        "sender_city": "São Paulo",
        "sender_state": "SP",
        "sender_zip": "00000-000",
        "sender_country": "BR",
        "sender_phone": "",
        "sender_url": "https://www.example.com",
        "sender_reminder": "Você se inscreveu em nosso site.",
        "fulladdress": "",
        "optinmessageid": "0",
        "optoutconf": "0",
        "deletestamp": None,
        "udate": draft.offset(draft.updated) if draft.index % 4 == 1 else None,
        "links": draft.links("contactGoalLists", "user", "addressLists"),
        "id": draft.id,
        "user": "1",
        "channel": "sms" if sms else "email",
        "description": "" if draft.die(2, 2) else f"Contatos da lista {name}",
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None if draft.die(3, 2) else "1",
        "updated_by": None if draft.die(3, 2) else "1",
        "non_deleted_subscribers": str(draft.account.contact_count // 4),
        # A number in some records.
        "active_subscribers": (
            draft.account.contact_count // 5
            if draft.index % 3 == 2
            else str(draft.account.contact_count // 5)
        ),
    }


def tag(draft: Draft) -> Row:
    """Make a tag; one in thirteen belongs to templates."""
    name = names.TAGS[draft.index % len(names.TAGS)]
    turn = draft.index // len(names.TAGS)
    return {
        "tagType": "template" if draft.index % 13 == 12 else "contact",
        "tag": f"{name}_{turn + 1}" if turn else name,
        "description": "" if draft.die(1, 2) else "Criada pela integração",
        "subscriber_count": str(draft.die(2, 500)),
        "deleted": "0",
        "cdate": draft.offset(draft.created),
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None if draft.die(3, 3) else "1",
        "updated_by": None if draft.die(3, 3) else "1",
        "links": draft.links("contactGoalTags", "templateTags"),
        "id": draft.id,
    }


_FIELDS = (
    ("CPF", "text", "CPF"),
    ("Link do boleto", "text", "LINK_BOLETO"),
    ("Produto preferido", "dropdown", "PRODUTO_PREFERIDO"),
    ("Interesses", "checkbox", "INTERESSES"),
    ("Data de nascimento", "date", "DATA_DE_NASCIMENTO"),
    ("Última compra", "datetime", "ULTIMA_COMPRA"),
    ("Observações", "textarea", "OBSERVACOES"),
    ("Como nos conheceu", "radio", "COMO_NOS_CONHECEU"),
    ("Turmas", "listbox", "TURMAS"),
    ("Origem", "hidden", "ORIGEM"),
    ("Campo antigo", "", "CAMPO_ANTIGO"),
    ("Campo sem tipo", "NULL", "CAMPO_SEM_TIPO"),
    ("Pontos", "number", "PONTOS"),
)


def field(draft: Draft) -> Row:
    """Make a custom field; options and relations are set by what exists."""
    title, kind, tag_name = _FIELDS[draft.index % len(_FIELDS)]
    undated = draft.index == len(_FIELDS) - 2
    return {
        "title": title,
        "descript": None if draft.die(1, 2) else "",
        "type": kind,
        "isrequired": str(draft.die(2, 4) // 3),
        "perstag": tag_name,
        "defval": None if draft.die(3, 2) else "",
        "show_in_list": "0",
        "rows": "0",
        "cols": "0",
        "visible": "1",
        "service": "",
        "ordernum": str(draft.index + 1),
        "cdate": None if undated else draft.offset(draft.created),
        "udate": None if undated else draft.offset(draft.updated),
        "created_timestamp": draft.naive(draft.created),
        "updated_timestamp": draft.naive(draft.updated),
        "created_by": None,
        "updated_by": None if draft.die(4, 2) else "1",
        "options": [],
        "relations": [],
        "links": draft.links("options", "relations"),
        "id": draft.id,
    }


def field_option(draft: Draft) -> Row:
    """Make an option of a dropdown, radio, checkbox or listbox."""
    value = names.PRODUCTS[draft.index % len(names.PRODUCTS)]
    return {
        "field": draft.owner,
        "orderid": str(draft.index % 3 + 1),
        "value": value,
        "label": value,
        "isdefault": "0",
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "links": draft.links("field"),
        "id": draft.id,
    }


def field_rel(draft: Draft) -> Row:
    """Make the relation of a field to one list, or to all of them ("0")."""
    return {
        "field": draft.owner,
        "relid": "0" if draft.index % 4 else "2",
        "dorder": str(draft.index % 3),
        "cdate": draft.offset(draft.created),
        "links": [],
        "id": draft.id,
    }


def field_group_member(draft: Draft) -> Row:
    """Make a field's place in a group: real numbers throughout."""
    return {
        "id": draft.key,
        "group_id": 1 + draft.index % 2,
        "rel_id": 1 + draft.index,
        "ordernum": draft.index,
        "links": draft.links("groupDefinition"),
    }


def field_group(draft: Draft) -> Row:
    """Make a group of custom fields: real numbers throughout."""
    return {
        "id": draft.key,
        "type_id": draft.key,
        "label": ("{**DEFAULT**}", "{**DEAL_DEFAULT**}", "Dados de compra")[draft.index % 3],
        "ordernum": draft.key,
        "links": draft.links("groupMembers", "groupType"),
    }


def exclusion(draft: Draft) -> Row:
    """Make an exclusion."""
    several = draft.index % 3 == 1
    return {
        "id": draft.id,
        "matchPhrase": f"bloqueado{draft.index}@example.com",
        "matchType": ("exact", "exact", "end")[draft.index % 3],
        "channel": ("all", "several", "allSms", "allEmail", "email")[draft.index % 5],
        "hidden": draft.index % 4 == 3,
        "lists": ["2", "1"] if several else [],
    }


def list_group(draft: Draft) -> Row:
    """Make a group's permissions on a list."""
    rights = (
        "list_add", "list_edit", "list_delete", "list_filter", "list_sync", "message_add",
        "message_edit", "message_delete", "message_send", "subscriber_add", "subscriber_edit",
        "subscriber_delete", "subscriber_import", "subscriber_approve",
    )  # fmt: skip
    return {
        "list": draft.account.id_at("lists", draft.index),
        "group": draft.account.id_at("groups", draft.index // 3),
        **{f"p_{right}": str(draft.die(at, 4) and 1) for at, right in enumerate(rights)},
        "links": draft.links("list", "group"),
        "id": draft.id,
    }


SPECS = (
    Spec(
        "lists",
        contact_list_table,
        Fixed(len(names.LISTS)),
        entity="_List",
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        filters={
            "name": operators("name"),
            "id": contains("id"),
            "userid": equals("userid"),
            "created_timestamp": at("created_timestamp"),
            "active_subscribers": equals("active_subscribers"),
            "channel": equals_or_all("channel"),
        },
        default_filters={"channel": "email"},
        orders={
            name: name
            for name in (
                "name",
                "id",
                "channel",
                "userid",
                "created_timestamp",
                "active_subscribers",
            )
        },
    ),
    Spec(
        "tags",
        tag,
        Share(0.02, least=len(names.TAGS) + 3, most=2000),
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("updated_timestamp", "naive"),),
        filters={"search": operators("tag")},
        params={"search": contains("tag")},
        orders={"search": "tag"},
        by_ids=True,
        listed=lambda row: row["tagType"] != "",
    ),
    Spec(
        "fields",
        field,
        Fixed(len(_FIELDS)),
        entity="Field",
        default_limit=100,
        created=(("cdate", "offset"), ("created_timestamp", "naive")),
        updated=(("udate", "offset"), ("updated_timestamp", "naive")),
        filters={"perstag": equals("perstag")},
        children={
            "options": Child("fieldOptions", "field"),
            "relations": Child("fieldRels", "field"),
        },
        derive=field_derived,
        sideload=field_sideload,
    ),
    Spec(
        "fieldOptions",
        field_option,
        # Only the fields of a choosing type have options.
        Spread("fields", (0, 0, 3, 3, 0, 0, 0, 3, 3, 0, 0, 0, 0)),
        path=None,
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        parent_key="field",
    ),
    Spec(
        "fieldRels",
        field_rel,
        Spread("fields", (1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 0, 1, 1)),
        path=None,
        created=(("cdate", "offset"),),
        parent_key="field",
    ),
    Spec("groupMembers", field_group_member, Fixed(len(_FIELDS)), id_kind="number"),
    Spec("groupDefinitions", field_group, Fixed(3), id_kind="number"),
    Spec(
        "exclusions",
        exclusion,
        Share(0.01, least=5, most=2000),
        path="lists/exclusions",
        total="number",
        filters={"matchPhrase": contains("matchPhrase"), "lists": contains("lists")},
        orders={"matchPhrase": "matchPhrase", "lists": "lists"},
        strict="all",
    ),
    Spec("listGroups", list_group, Fixed(9)),
)
