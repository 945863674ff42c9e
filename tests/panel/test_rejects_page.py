from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.panel import reject_list
from target_activecampaign.run.rejects import RejectFile
from tests.inbox.samples import EMAIL, postback
from tests.panel.served import ServedPanel, Visitor, text_of

if TYPE_CHECKING:
    import requests

pytestmark = pytest.mark.slow

REASON = "The order has no usable e-mail address."
REMEDY = "Correct the address in the record and feed it in again."


def reject(panel: ServedPanel, number: int = 1, **changes: Any) -> None:
    """Let the target reject a postback."""
    body = postback(number, **changes)
    body["customer"]["email"] = f"fulana{number}"
    panel.target_data.mkdir(exist_ok=True)
    RejectFile(panel.target_data / "rejects.jsonl").add("postbacks", body, REASON, REMEDY)


def marks(answer: requests.Response) -> list[str]:
    return re.findall(r'href="/rejects/(\w{40})"', answer.text)


def test_a_reject_shows_why_and_what_to_do_and_little_of_the_buyer(
    panel: ServedPanel, visitor: Visitor
) -> None:
    reject(panel)
    page = visitor.get("/rejects")
    assert f"{REASON}" in text_of(page)
    assert REMEDY in text_of(page)
    assert "Purchase approved Curso Teste" in text_of(page)
    assert "fulana1" not in page.text
    assert "52998224725" not in page.text
    assert 'badge--bad">1<' in visitor.get("/").text


def test_a_mended_reject_comes_in_again_once(panel: ServedPanel, visitor: Visitor) -> None:
    reject(panel)
    (mark,) = marks(visitor.get("/rejects"))
    page = f"/rejects/{mark}"
    body = postback(1)
    body.pop("token")
    fields = {"body": json.dumps(body)}
    told = [visitor.follow(visitor.post(page, fields, page=page)) for _ in range(2)]
    assert "in the inbox again" in text_of(told[0])
    assert "not sent a second time" in text_of(told[1])
    assert "Nothing waits for you" in text_of(told[0])
    (kept,) = panel.store.page_after(0, up_to=panel.store.highest_id(), limit=10)
    assert json.loads(kept.body)["customer"]["email"] == EMAIL.format(1)
    assert kept.status == "authorized"
    everything = visitor.get("/rejects?show=all")
    assert f'href="/orders/{kept.id}"' in everything.text


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{", "This is not JSON: look at line 1."),
        ("[1]", "This is not an object in braces."),
        (json.dumps({**postback(1), "customer": {"email": "x"}}), REASON),
        ('{"a": ' * 500 + "1" + "}" * 500, "nested too deeply"),
    ],
)
def test_what_would_be_rejected_again_is_not_sent(
    panel: ServedPanel, visitor: Visitor, body: str, fault: str
) -> None:
    reject(panel)
    (mark,) = marks(visitor.get("/rejects"))
    answer = visitor.post(f"/rejects/{mark}", {"body": body}, page=f"/rejects/{mark}")
    assert answer.status_code == 422
    assert fault in text_of(answer)
    assert panel.store.highest_id() == 0


def test_a_reject_is_sent_again_as_it_is_or_set_aside(panel: ServedPanel, visitor: Visitor) -> None:
    reject(panel, 1)
    reject(panel, 2)
    first, second = marks(visitor.get("/rejects"))
    visitor.post(f"/rejects/{first}/send", page="/rejects")
    visitor.post(f"/rejects/{second}/aside", page="/rejects")
    assert "Nothing waits for you" in text_of(visitor.get("/rejects"))
    assert panel.store.highest_id() == 1
    everything = text_of(visitor.get("/rejects?show=all"))
    assert "Sent again" in everything
    assert "Set aside" in everything


def test_rejects_are_shown_newest_first_and_in_pages(panel: ServedPanel, visitor: Visitor) -> None:
    for number in range(60):
        reject(panel, number, item={"product_name": f"Product {number}."})
    first = text_of(visitor.get("/rejects"))
    assert "Product 59." in first
    assert "Product 9." not in first
    assert "Product 9." in text_of(visitor.get("/rejects?page=2"))


def test_no_more_lines_are_read_than_are_shown(
    panel: ServedPanel, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        reject(panel, number)
    read: list[bytes] = []
    real = reject_list._reject  # noqa: SLF001 - how often it is called is what is tested

    def counted(line: bytes) -> reject_list.Reject | None:
        read.append(line)
        return real(line)

    monkeypatch.setattr(reject_list, "_reject", counted)
    monkeypatch.setattr(reject_list, "_MOST_REJECTS", 2)
    assert len(marks(visitor.get("/rejects"))) == 2
    assert len(read) == 2


def test_lines_that_are_cut_short_or_not_ours_are_passed_over(
    panel: ServedPanel, visitor: Visitor
) -> None:
    reject(panel)
    with (panel.target_data / "rejects.jsonl").open("a", encoding="utf-8") as file:
        file.write('[1]\n"text"\n{"reason": 3}\n{"reason": "cut')
    assert len(marks(visitor.get("/rejects"))) == 1


def test_a_reject_of_whatever_body_can_be_shown(panel: ServedPanel, visitor: Visitor) -> None:
    panel.target_data.mkdir()
    rejects = RejectFile(panel.target_data / "rejects.jsonl")
    odd: list[dict[str, Any]] = [{}, {"item": []}, {"item": [3]}, {"customer": 5}, {"status": {}}]
    for record in [*odd, {"a": [1]}]:
        rejects.add("postbacks", record, REASON, REMEDY)
    found = marks(visitor.get("/rejects"))
    assert len(found) == 6
    assert all(visitor.get(f"/rejects/{mark}").status_code == 200 for mark in found)


def test_a_reject_that_does_not_exist_is_told(visitor: Visitor) -> None:
    assert visitor.get("/rejects/nothing").status_code == 404
    assert visitor.post("/rejects/nothing/send", page="/rejects").status_code == 404
