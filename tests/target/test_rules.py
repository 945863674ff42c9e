"""Rules are checked once, with errors that name the rule and the key; matching is explainable."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation import (
    Rule,
    hints_of,
    load_rule_sets,
    matching_rules,
    reason_against,
    words,
)
from target_activecampaign.segmentation.load import read_rule_file
from target_activecampaign.ticto import Order, orders_in
from target_activecampaign.ticto.statuses import PANEL_LABELS, STATUSES
from target_activecampaign.ticto.words import status_named
from tests.target.support import body, order, rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def rules(*written: Any, **config: Any) -> tuple[Rule, ...]:
    sets = load_rule_sets({"segmentations": list(written), **config})
    return tuple(found for rule_set in sets for found in rule_set.rules)


def read(name: str) -> Order:
    return next(orders_in(body(name), ZoneInfo("America/Sao_Paulo")))


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"evnt": 1}, r"Rule 'compra': evnt is not known; did you mean event\?"),
        ({"event": None}, "Rule 'compra': event is missing"),
        ({"event": "autorized"}, r"'compra': event has the unknown status .*mean authorized or"),
        ({"event": []}, "'compra': event is missing"),
        ({"type": "boleta"}, "'compra': type has the unknown type 'boleta'"),
        ({"type": ["pix", "bank_slip"]}, "'compra': type can never hold"),
        ({"type": ["first_sale", "renewal"]}, "'compra': type can never hold"),
        ({"list": None, "tags": None}, "'compra': list and tags are both missing"),
        ({"list": None, "tags": " ; "}, "'compra': list and tags are both missing"),
        ({"list": True}, "'compra': list must hold names or ids; put names in quotes"),
        ({"list": [""]}, "'compra': list holds an empty name"),
        ({"tags": "x" * 256}, "'compra': tags holds a tag of more than 255"),
        ({"action": "delete"}, "'compra': action has the unknown value 'delete'"),
        ({"phone_format": "com dígito"}, "'compra': phone_format has the unknown value"),
        ({"phone_format": True}, "'compra': phone_format has the unknown value"),
        ({"source": ["main", "bump"]}, "'compra': source can never hold"),
        ({"source": ["producer", "affiliate"]}, "'compra': source can never hold"),
        ({"type": "bump", "source": "main"}, "'compra': source can never hold"),
        ({"source": "coprodutor"}, r"source has the unknown source .* mean Produtor \(producer\)"),
        ({"if_already_bought": "sometimes"}, "if_already_bought has the unknown value"),
        ({"keep_if_still_earned": "maybe"}, "keep_if_still_earned must be true or false"),
        ({"offers": "https://checkout.ticto.app/"}, "offers holds the link .* no offer's code"),
        ({"offers": ["https://checkout.ticto.app?x=1"]}, "offers holds the link"),
        ({"event": ["Renovação", "Reembolso"]}, "'Renovação', which is authorized of the type ren"),
        ({"event": "Renovação", "type": "first_sale"}, "'compra': type can never hold"),
        ({"event": ["Pix pago", "Renovação"]}, "write a rule of its own"),
        ({"Executar a Ação": "authorized"}, r"two fields .* \(event\) or .* \(action\)\."),
        ({"executar a acao": "authorized"}, "names two fields of the panel's form"),
        ({"Lista": "Alunos"}, "'compra': Lista is the same key as list; write it once"),
        (
            {"Do Tipo": "boleta"},
            r"Do Tipo \(type\) has the unknown type 'boleta'; did you mean Bol",
        ),
        (
            {"fields": {"V": "order.paid_amount|usd"}},
            r"fields gives V .* something else than \|brl",
        ),
        ({"fields": ["CPF"]}, "'compra': fields must map"),
        ({"fields": {"CPF": ""}}, "'compra': fields gives CPF no path"),
        ({"fields": {"CPF": "a..b"}}, "'compra': fields gives CPF the path"),
        ({"fields": {"CPF": "token"}}, "'compra': fields gives CPF the path 'token', which"),
        ({"resubscribe": "yes"}, "'compra': resubscribe must be true or false"),
        ({"active": 1}, "'compra': active must be true or false"),
        ({"title": None}, "Rule 1: title is missing"),
        ({"title": True}, "Rule 1: title must be text"),
    ],
    ids=itertools.count(),
)
def test_a_broken_rule_names_the_rule_and_the_key(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        rules({key: value for key, value in {**rule(), **keys}.items() if value is not None})


def test_an_inactive_rule_is_checked_too() -> None:
    with pytest.raises(RuleError, match="event has the unknown status"):
        rules(rule(active=False, event="nothing"))
    assert rules(rule(active=False)) == ()


ONE = {"name": "a", "products": [1]}


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"segmentations": [rule(), rule("COMPRA")]}, "'COMPRA': title is used by another rule"),
        ({"segmentations": ["compra"]}, "Rule 1 must be a mapping"),
        ({"segmentations": "compra"}, "segmentations must be a list"),
        ({"integrations": [{}]}, "Integration 1: name is missing"),
        ({"integrations": [{"name": "a", "rules": []}]}, "Integration 'a': rules is not known"),
        ({"integrations": [{"name": "a"}, {"name": "A"}]}, "'A': name is used by another"),
        ({"integrations": [{"name": "a", "api_url": "https://x"}]}, "'a': api_token is missing"),
        (
            {"integrations": [{"name": "a", "segmentations": [rule(event="?")]}]},
            "Rule 'compra' of the integration 'a': event",
        ),
        (
            {"integrations": [{**ONE, "segmentations": [rule(products=[2])]}]},
            "'compra' of the integration 'a': products holds none",
        ),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_broken_settings_name_the_place(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        load_rule_sets(config)


PANEL_RULE = {
    "Título": "compra",
    "Quando o seu Lead… Executar a Ação": "Venda Realizada",
    "Do Tipo": "Primeira venda",
    "Execute a Seguinte Ação": "Adicionar tag",
    "Enviar Telefone no Formato": "Com DDI",
    "Lista": "Alunos",
    "Ofertas": "OEX00001",
    "Tags": "comprou_x;vip",
}
OWN_RULE = rule(type="first_sale", phone_format="ddi_ddd_number", offers="OEX00001")


def unaccented(text: str) -> str:
    return normalize("NFD", text).encode("ascii", "ignore").decode()


@pytest.mark.parametrize(
    "spell",
    [
        str,
        str.upper,
        str.lower,
        unaccented,
        lambda text: f"[{text}]",
        lambda t: normalize("NFD", t),
    ],
    ids=["as is", "upper", "lower", "unaccented", "brackets", "NFD"],
)
def test_a_rule_may_be_written_as_in_the_panel(spell: Callable[[str], str]) -> None:
    words = {"Venda Realizada", "Primeira venda", "Adicionar tag", "Com DDI"}
    written = {
        spell(key): spell(value) if value in words else value for key, value in PANEL_RULE.items()
    }
    assert rules(written) == rules(OWN_RULE)


@pytest.mark.parametrize(
    ("key", "word", "attribute", "value"),
    [
        ("event", "Acesso liberado", "events", {"authorized"}),
        ("event", "Compra aprovada", "events", {"authorized"}),
        ("event", "PAGAMENTO APROVADO", "events", {"authorized"}),
        ("event", "Reembolsado", "events", {"refunded"}),
        ("event", "Boleto expirado", "events", {"bank_slip_delayed"}),
        ("event", "Boleto gerado", "events", {"bank_slip_created"}),
        ("event", "Carrinho abandonado", "events", {"abandoned_cart"}),
        ("event", "Pix vencido", "events", {"pix_expired"}),
        ("event", "Cartão recusado", "events", {"refused"}),
        ("event", "pix created", "events", {"pix_created"}),
        ("event", "Assinatura cancelada", "events", {"subscription_canceled"}),
        ("event", "Renovação", "events", {"authorized"}),
        ("event", "Renovação", "types", {"renewal"}),
        ("event", ["Renovou", "assinatura renovada"], "types", {"renewal"}),
        ("event", "Primeira compra", "types", {"first_sale"}),
        ("event", "Boleto pago", "types", {"bank_slip"}),
        ("type", "Renovação", "types", {"renewal"}),
        ("type", "Cartão", "types", {"credit_card"}),
        ("type", "Qualquer", "types", set()),
        ("type", "Order bump", "sources", {"bump"}),
        ("type", "bump", "sources", {"bump"}),
        ("type", ["Produto principal", "Afiliado"], "sources", {"main", "affiliate"}),
        ("type", ["pix", "bump"], "types", {"pix"}),
        ("source", "Order bump", "sources", {"bump"}),
        ("source", ["main", "producer"], "sources", {"main", "producer"}),
        ("source", "any", "sources", set()),
        ("action", "Adicionar", "action", "add"),
        ("action", "Enviar para lista", "action", "add"),
        ("action", "Adicionar à lista", "action", "add"),
        ("action", "Remover", "action", "remove"),
        ("action", "remover tag", "action", "remove"),
        ("phone_format", "Com DDI", "phone_format", "ddi_ddd_number"),
        ("phone_format", "DDI", "phone_format", "ddi_ddd_number"),
        ("phone_format", "Com DDD", "phone_format", "ddd_number"),
        ("phone_format", "Sem DDD", "phone_format", "number"),
        ("phone_format", "com mascara", "phone_format", "masked_national"),
        ("phone_format", "Sem máscara", "phone_format", "ddi_ddd_number"),
        ("phone_format", "Internacional", "phone_format", "e164"),
        ("phone_format", "E.164", "phone_format", "e164"),
        ("resubscribe", "Sim", "resubscribe", True),
        ("keep_if_still_earned", "não", "keep_if_still_earned", False),
        ("if_already_bought", "apply", "if_already_bought", "apply"),
        ("if_already_bought", "Aplicar", "if_already_bought", "apply"),
    ],
)
def test_words_of_the_panel(key: str, word: Any, attribute: str, value: object) -> None:
    (found,) = rules(rule(**{key: word}))
    assert getattr(found, attribute) == value


@pytest.mark.parametrize(
    ("key", "word", "near"),
    [
        ("event", "Boleto expirad", r"Boleto expirado \(bank_slip_delayed\)"),
        ("event", "Assinatura canselada", r"Cancelada \(subscription_canceled\)"),
        ("event", "estorno", r"mean Reembolso \(refunded\) or chargeback\?$"),
        ("event", "Assinatura encerrada", r"all_charges_paid, subscription_canceled or close\?"),
        ("event", "qwertz", "; known are abandoned_cart, .* processing"),
        ("type", "upsell", "; known are any, first_sale, .* affiliate"),
        ("action", "adiciona", r"mean Adicionar \(add\)"),
        ("phone_format", "mascarado", r"Máscara \(masked_national\)"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest_ones(key: str, word: str, near: str) -> None:
    with pytest.raises(RuleError, match=near):
        rules(rule(**{key: word}))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (words.EVENTS, "event"),
        (words.TYPES, "type"),
        (words.SOURCES, "source"),
        (words.ACTIONS, "action"),
        (words.PHONES, "phone_format"),
        (words.IF_BOUGHT, "if_already_bought"),
    ],
    ids=itertools.count(),
)
def test_every_word_means_one_thing_however_it_is_spelled(kind: words.Words, key: str) -> None:
    for name, known in kind.by_name.items():
        for word in known:
            spellings = (word, word.upper(), unaccented(word), f" ({word}) ")
            assert [kind.name_of(spelling) for spelling in spellings] == [name] * 4
            rules(rule(**{key: word}))


@pytest.mark.parametrize(
    ("written", "offer"),
    [
        ("https://checkout.ticto.app/OTESTE001", "oteste001"),
        ("https://checkout.ticto.app/OTESTE001/", "oteste001"),
        ("http://checkout.ticto.app/OTESTE001?utm_source=x&a=/b", "oteste001"),
        ("checkout.ticto.app/OTESTE001#top", "oteste001"),
        ("https://pagar.exemplo.com.br/x/OTESTE001", "oteste001"),
        ("OTESTE001", "oteste001"),
        ("Curso A/B", "curso a/b"),
        ("apostila.pdf", "apostila.pdf"),
        ("Oferta 2.0 / anual", "oferta 2.0 / anual"),
        (8001, "8001"),
    ],
)
def test_an_offer_may_be_its_checkout_link(written: Any, offer: str) -> None:
    (found,) = rules(rule(offers=[written]))
    assert found.offers == {offer}


@pytest.mark.parametrize(
    ("tags", "hints"), [("comprou, vip", 1), ("comprou,vip;outra", 1), ("comprou;vip", 0)]
)
def test_commas_between_tags_get_a_hint(tags: str, hints: int) -> None:
    sets = load_rule_sets({"segmentations": [rule(tags=tags)]})
    assert len(hints_of(sets)) == hints
    assert all("'compra'" in hint and "semicolon" in hint for hint in hints_of(sets))


@pytest.mark.parametrize("status", sorted(PANEL_LABELS))
def test_the_panels_words_name_the_statuses(status: str) -> None:
    label = PANEL_LABELS[status]
    for written in (status, label, label.upper(), label.replace("[Assinatura] - ", "Assinatura ")):
        assert status_named(written) == status
    assert status in STATUSES


@pytest.mark.parametrize(
    ("keys", "name", "reason"),
    [
        ({}, "v2_authorized", None),
        ({}, "v2_refunded", "the event is refunded"),
        ({"event": ["Reembolso", "chargeback"]}, "v2_chargeback", None),
        ({"type": "any"}, "v2_renewal", None),
        ({"type": "Primeira venda"}, "v2_first_charge", None),
        ({"type": "first_sale"}, "v2_authorized_pix", None),
        ({"type": "first_sale"}, "v2_renewal", "it is not of the type first_sale"),
        ({"type": "renovação"}, "v2_renewal", None),
        ({"type": ["renewal", "pix"]}, "v2_renewal", "it is not of the type pix"),
        ({"type": ["first_sale", "pix"]}, "v1_authorized_pix", None),
        ({"type": "boleto", "event": "boleto impresso"}, "flat_billet_printed", None),
        ({"products": [7001]}, "api_authorized", None),
        ({"products": ["oficina EXEMPLO"]}, "v2_authorized", None),
        ({"products": [7002]}, "v2_authorized", "it is another product"),
        ({"offers": ["OEX00001"]}, "v1_authorized_pix", None),
        ({"offers": [8001]}, "v2_authorized", None),
        ({"offers": ["OEX00001"]}, "v2_bump", "it is another offer"),
        ({"offers": ["OEX00001"], "event": "abandoned_cart"}, "v2_abandoned_cart_flat", None),
        ({"event": "Pix Expirado"}, "api_delayed_pix", None),
        ({"source": "main"}, "v2_authorized", None),
        ({"source": "main"}, "v1_authorized_pix", None),
        ({"source": ["main", "producer"]}, "api_authorized", None),
        ({"source": "bump"}, "v2_authorized", "its source is not bump"),
        ({"source": ["bump", "affiliate"]}, "v2_authorized", "its source is not affiliate, bump"),
        ({"offers": "https://checkout.ticto.app/OEX00001?a=b"}, "v2_authorized", None),
        ({"event": "subscription_delayed", "type": "renewal"}, "api_delayed_renewal", None),
    ],
    ids=itertools.count(),
)
def test_a_rule_matches_or_says_why_not(
    keys: dict[str, Any], name: str, reason: str | None
) -> None:
    (found,) = rules(rule(**keys))
    assert reason_against(found, read(name)) == reason


@pytest.mark.parametrize("in_rule", ["NFC", "NFD"])
@pytest.mark.parametrize("in_order", ["NFC", "NFD"])
def test_a_product_matches_whichever_way_its_accents_are_written(
    in_rule: Literal["NFC", "NFD"], in_order: Literal["NFC", "NFD"]
) -> None:
    (found,) = rules(rule(products=[normalize(in_rule, "Formação")]))
    record = order(item__product_name=normalize(in_order, "Formação"))
    (read_order,) = orders_in(record, ZoneInfo("America/Sao_Paulo"))
    assert reason_against(found, read_order) is None


def test_all_matching_rules_are_returned_in_the_order_written() -> None:
    written = [rule("c"), rule("a", event="refunded"), rule("b")]
    assert [found.title for found in matching_rules(rules(*written), read("v2_bump"))] == ["c", "b"]


def test_an_integration_narrows_its_rules_to_its_products() -> None:
    config = {"integrations": [{"name": "i", "products": [7001], "segmentations": [rule()]}]}
    found = rules(**config)
    assert matching_rules(found, read("v2_authorized"))
    assert not matching_rules(found, read("v2_renewal"))
    assert found[0].label == "i / compra"


def test_the_rule_of_the_documentation_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        """
        segmentations:
          - title: Lead após compra
            event: authorized
            type: first_sale
            products: [90002]
            offers: [OTESTE002]
            action: add
            list: Alunos
            tags: comprou_produto_x;cliente_vip
            phone_format: e164
            fields: {CPF: customer.cpf, LINK_BOLETO: transaction.bank_slip_url}
            automation: Boas-vindas
            resubscribe: false
            active: true
        """,
        encoding="utf-8",
    )
    (found,) = rules(rules_path=str(path))
    assert found.tags == ("comprou_produto_x", "cliente_vip")
    assert found.fields == (("CPF", "customer.cpf"), ("LINK_BOLETO", "transaction.bank_slip_url"))
    assert found.products == frozenset({"90002"})
    assert found.offers == frozenset({"oteste002"})


def test_json_and_settings_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"segmentations": [rule("b")]}), encoding="utf-8")
    assert [found.title for found in rules(rule("a"), rules_path=str(path))] == ["a", "b"]


LAUGHS = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("r.yaml", "", "is empty"),
        ("r.yaml", " \n", "is empty"),
        ("r.yaml", "- title: x", "not a list"),
        ("r.yaml", "just words", "not a single value"),
        ("r.yaml", LAUGHS, "references"),
        ("r.yaml", "segmentations: [", "not YAML: .* in line 1"),
        ("r.yaml", "segmentations: []\nsegmentations: []", "key 'segmentations' twice"),
        ("r.yaml", "rules: []", "unknown key 'rules'"),
        ("r.yaml", "!!python/object/apply:os.system ['x']", "not YAML"),
        ("r.yaml", "[" * 5000, "holds values that no rule has|not YAML"),
        ("r.yaml", "segmentations: 5", "segmentations must be a list"),
        ("r.json", "{", "not JSON: .* in line 1"),
        ("r.json", '{"segmentations": [], "segmentations": []}', "twice"),
        ("r.json", "[" * 100_000, "holds values that no rule has"),
        ("r.yaml", "#" * 1_000_001, "larger than 1 MB"),
        ("r.yaml", "title: \x00", "not YAML"),
    ],
    ids=itertools.count(),
)
def test_a_dangerous_rule_file_is_one_sentence(
    tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RuleError, match=sentence) as raised:
        load_rule_sets({"rules_path": str(path)})
    assert "\n" not in str(raised.value)


def test_a_missing_or_binary_rule_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read: No such file"):
        read_rule_file(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(RuleError, match=r"not UTF-8|not YAML"):
        read_rule_file(tmp_path / "b.yaml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(rule(type=1, fields=1, list=1))), JUNK, max_size=3))
def test_anything_written_is_a_rule_or_one_sentence(keys: dict[str, Any]) -> None:
    try:
        rules({**rule(), **keys})
    except RuleError as error:
        assert str(error).startswith("Rule ")  # noqa: PT017


def test_a_fired_rule_does_not_depend_on_the_case_of_an_offer() -> None:
    (found,) = rules(rule(offers=["oex00001"]))
    seen = next(orders_in(order(), ZoneInfo("UTC")))
    assert reason_against(found, seen) is None
