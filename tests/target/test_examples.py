"""The examples of the repository and of the documentation do what they say."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.segmentation import load_rule_sets, words
from target_activecampaign.settings import settings_schema
from tests.target.support import ROOT, buyer, deliver, order, rejects, settings
from tests.target.test_segmentation import ANA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ORDERS = ROOT / "examples" / "ticto-orders.jsonl"
RULES = ROOT / "examples" / "rules.yml"
GUIDE = ROOT / "docs" / "target.md"


def test_the_example_orders_come_to_the_lists_and_tags_that_their_story_tells(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    orders = [json.loads(line) for line in ORDERS.read_text(encoding="utf-8").splitlines()]
    config = settings(sandbox, tmp_path, rules_path=str(RULES))
    config["segmentations"] = []
    summary = deliver(config, orders)
    assert summary.lines()[:2] == [
        "Orders: 14 applied, 1 repeated, 0 stale, 0 ignored, 1 rejected.",
        "Not applied: 3 outdated (the contact has bought the product).",
    ]
    alice = buyer(sandbox, "alice.moura@example.com")
    # Her cart came together with her purchase: nothing is to be recovered.
    assert alice["lists"] == {"Alunos": "active"}
    assert sorted(alice["tags"]) == ["cliente_vip", "comprou_caderno"]
    assert alice["automations"] == ["Boas-vindas"]
    assert buyer(sandbox, "bruno.dias@example.com")["tags"] == ["cliente_vip"]
    carla = buyer(sandbox, "carla.reis@example.com")
    assert (carla["lists"], carla["tags"]) == ({"Alunos": "unsubscribed"}, [])
    davi = buyer(sandbox, "davi.luz@example.com")
    assert davi["fields"] == {"LINK_BOLETO": "https://example.com/boleto/BEX104"}
    flavia = buyer(sandbox, "flavia.sa@example.com")
    assert {"renovou", "cartao_recusado", "socio_clube"} <= set(flavia["tags"])
    assert buyer(sandbox, "gabriel.paz@example.com")["lists"]["Clientes VIP"] == "unsubscribed"
    assert "test button" in rejects(config)[0]["reason"]


def recovery() -> list[dict[str, Any]]:
    """Return cart, pix, expiry and purchase of one buyer and product."""
    at = "2026-03-02 10:{}:00".format
    cart = {
        **next(json.loads(line) for line in ORDERS.read_text(encoding="utf-8").splitlines()),
        "email": ANA,
        "created_at": at("00"),
    }
    item = {"item__product_id": 70010, "item__product_name": "Curso", "payment_method": "pix"}
    return [
        cart,
        order(ANA, status="pix_created", status_date=at("10"), **item),
        order(ANA, status="pix_expired", status_date=at("20"), **item),
        order(ANA, status="authorized", status_date=at("30"), **item),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("arrival", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("runs", [1, 4], ids=["one run", "a run for each"])
def test_recovery_ends_with_the_purchase_in_whichever_order_the_events_arrive(
    sandbox: Sandbox, tmp_path: Path, arrival: tuple[int, ...], runs: int, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, rules_path=str(RULES), delivery=delivery)
    config["segmentations"] = []
    given = [recovery()[number] for number in arrival]
    for part in [given] if runs == 1 else [[one] for one in given]:
        deliver(config, part)
    seen = buyer(sandbox, ANA)
    assert seen["tags"] == ["cliente_vip"]
    assert [name for name, status in seen["lists"].items() if status == "active"] == ["Alunos"]
    # Who is chased is known only before the purchase.
    before = arrival[: arrival.index(3)]
    chased = runs == 4 and 0 in before
    assert seen["automations"].count("Recuperar carrinho") == (1 if chased else 0)


def test_the_rules_of_the_guide_are_well_formed(tmp_path: Path) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```|<<'YAML'\n(.*?)\nYAML", guide, re.DOTALL)
    assert len(blocks) == 3
    for number, found in enumerate(blocks):
        path = tmp_path / f"rules{number}.yml"
        path.write_text("".join(found), encoding="utf-8")
        assert load_rule_sets({"rules_path": str(path)})


def test_the_guide_has_every_setting_and_every_rule_key() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for name in (*settings_schema()["properties"], *words.RULE_KEYS):
        assert f"`{name}`" in guide, name


def test_the_guide_has_every_word() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    kinds = (
        words.KEYS, words.TYPES, words.SOURCES, words.ACTIONS, words.PHONES, words.IF_BOUGHT,
        words.FLAGS, words.EVENTS,
    )  # fmt: skip
    known = [word for kind in kinds for ws in kind.by_name.values() for word in ws]
    assert [word for word in (*known, *words.TYPED_EVENT_WORDS) if word not in guide] == []
