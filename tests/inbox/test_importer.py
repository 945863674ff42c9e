"""Files that sellers bring: what spreadsheets make of an export, and lines of JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.inbox.errors import InboxError
from target_activecampaign.inbox.importer import ImportCounts, import_into
from target_activecampaign.inbox.store import NewPostback, Store
from tests.inbox.samples import TOKEN, postback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADINGS = (
    "Número do Pedido",
    "Código do Pedido",
    "Data do Pedido",
    "Código da Transação",
    "Status",
    "Valor Pago",
    "Nome do Cliente",
    "E-mail do Cliente",
)


def sale(number: int, **changes: str) -> dict[str, str]:
    """Return a row of the panel's export."""
    cells = (
        str(6_100_000 + number),
        f"TOCTESTE{number}",
        "02/03/2026 11:39:53",
        f"TPCTESTE{number}",
        "Autorizado",
        "255,12",
        'Fulana "Teste"; de São Paulo',
        f"fulana{number}@example.com",
    )
    return {**dict(zip(HEADINGS, cells, strict=True)), **changes}


def exported(rows: list[dict[str, str]], separator: str = ";", end: str = "\r\n") -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, HEADINGS, delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    store = Store(f"sqlite:///{tmp_path / 'inbox.db'}", create=True)
    yield store, tmp_path / "export.csv"
    store.close()


def bodies(store: Store) -> list[Any]:
    return [json.loads(one.body) for one in store.page_after(0, up_to=10**9, limit=10**6)]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_export_is_read_as_spreadsheets_write_it(
    files: tuple[Store, Path], separator: str, encoding: str, end: str
) -> None:
    store, path = files
    rows = [sale(number) for number in range(3)]
    path.write_bytes(exported(rows, separator, end).encode(encoding))
    assert import_into(store, path) == ImportCounts(new=3)
    assert bodies(store) == rows
    assert [one.status for one in store.search(limit=3)] == ["Autorizado"] * 3


def test_the_line_that_names_the_separator_for_a_spreadsheet_is_no_row(
    files: tuple[Store, Path],
) -> None:
    store, path = files
    path.write_text("sep=|\r\n\r\n" + exported([sale(1)], "|"), encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=1)
    assert bodies(store) == [sale(1)]


def test_a_file_may_be_imported_again_and_again(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(exported([sale(number) for number in range(450)]), encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=450)
    assert import_into(store, path) == ImportCounts(known=450)
    rows = [sale(449, Status="Reembolsado"), sale(450), sale(450), sale(3)]
    path.write_text(exported(rows, ","), encoding="cp1252")
    assert import_into(store, path) == ImportCounts(new=2, known=2)
    assert len(store.page_after(0, up_to=10**9, limit=10**6)) == 452


def test_a_body_that_was_received_is_known_however_it_is_written(
    files: tuple[Store, Path],
) -> None:
    store, path = files
    path.write_text(json.dumps(postback(1)) + "\n", encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=1)
    without_token = {key: value for key, value in reversed(postback(1).items()) if key != "token"}
    lines = [json.dumps(without_token, ensure_ascii=False), "", json.dumps(postback(2))]
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    assert import_into(store, path) == ImportCounts(new=1, known=1)
    assert TOKEN not in json.dumps(bodies(store))


def test_lines_that_cannot_be_read_are_counted_and_named_without_their_content(
    files: tuple[Store, Path], caplog: pytest.LogCaptureFixture
) -> None:
    store, path = files
    lines = ['{"status": "authorized"}', '{"email": "fulana@example.com"', "[]", "plain", "5"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=1, unreadable=4)
    assert "Line 2 is left out" in caplog.text
    assert "fulana" not in caplog.text
    text = exported([sale(1)]) + "too;few\r\n" + exported([sale(2)]).splitlines()[1] + ";x;y\r\n"
    path.write_text(text, encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=1, unreadable=2)
    assert "Line 3 is left out: It has 2 cells where the heading has 8." in caplog.text


def test_the_output_of_tap_ticto_moves_an_inbox_with_the_times_of_receipt(
    files: tuple[Store, Path],
) -> None:
    store, path = files
    record = {"id": 7, "received_at": "2026-03-02T14:39:58.123+00:00", "body": {"status": "trial"}}
    messages = [
        {"type": "SCHEMA", "stream": "postbacks", "schema": {}, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "postbacks", "record": record},
        {"type": "STATE", "value": {}},
    ]
    path.write_text("\n".join(map(json.dumps, messages)), encoding="utf-8")
    assert import_into(store, path) == ImportCounts(new=1)
    (one,) = store.search()
    assert (json.loads(one.body), one.received_at) == ({"status": "trial"}, 1772462398123)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nome;telefone\r\nAna;1\r\n", "neither the export of sales"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither the export of sales"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_of_something_else_gets_one_sentence(
    files: tuple[Store, Path], content: bytes | None, sentence: str
) -> None:
    store, path = files
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InboxError, match=sentence):
        import_into(store, path)


def test_an_empty_file_brings_nothing(files: tuple[Store, Path]) -> None:
    store, path = files
    path.write_bytes(b"")
    assert import_into(store, path) == ImportCounts()


def test_an_import_that_was_broken_off_is_finished_by_the_next_one(
    files: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, path = files
    path.write_text(exported([sale(number) for number in range(500)]), encoding="utf-8")
    add, added = store.add, list[int]()

    def add_once(new: list[NewPostback]) -> None:
        if added:
            raise KeyboardInterrupt
        added.append(len(new))
        add(new)

    with monkeypatch.context() as patch:
        patch.setattr(store, "add", add_once)
        with pytest.raises(KeyboardInterrupt):
            import_into(store, path)
    assert import_into(store, path) == ImportCounts(new=300, known=200)
