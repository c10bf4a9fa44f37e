import csv
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import cli, main
from pipeline.outputs.atom import Entry, write_atom
from pipeline.outputs.csv import as_text, write_csv
from pipeline.outputs.tables import Table
from pipeline.outputs.xlsx import write_xlsx
from pipeline.store import Store
from pipeline.store.schema import read_schema
from tests.sample import GAS, fill

EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1", " =1", '=HYPERLINK("http://x")')


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "news.db"
    with Store.open(path) as store:
        fill(store)
    return path


def run(db, *arguments):
    return CliRunner().invoke(cli, ["--db", str(db), *arguments], catch_exceptions=False, standalone_mode=False)


def read_csv(content):
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_csv_opens_in_russian_excel(db):
    heading, *rows = read_csv(run(db, "export", "agreements").stdout_bytes)
    first = dict(zip(heading, rows[0], strict=True))
    assert first["Соглашение"] == "Соглашение о поставках газа"
    assert first["Дата статуса"] == "12.11.2026"
    assert first["Сумма"] == "300000000"
    assert first["Уверенность"] == "0,9"
    assert first["Государства"] == "Азербайджан, Узбекистан"
    assert len(rows) == 2


def test_no_cell_of_a_csv_is_a_formula(db):
    _, *rows = read_csv(run(db, "export", "articles").stdout_bytes)
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("text", EVIL)
def test_a_text_that_looks_like_a_formula_is_disarmed(text):
    assert as_text(text).startswith("'")
    assert as_text(-5) == "-5"
    table = Table(title="Т", headings=("А",), widths=(9,), rows=[(text,)])
    cell = openpyxl.load_workbook(io.BytesIO(write_xlsx(table))).active["A2"]
    assert cell.data_type in {"s", "inlineStr"}


@given(st.lists(st.text(max_size=40), min_size=2, max_size=4))
def test_any_text_survives_csv(cells):
    table = Table(title="Т", headings=tuple("АБВГ"[: len(cells)]), widths=(9,) * len(cells), rows=[tuple(cells)])
    found = read_csv(b"".join(write_csv(table)))[1]
    assert [one.removeprefix("'") for one in found] == [
        one.encode("utf-8", "replace").decode().removeprefix("'") for one in cells
    ]


def test_a_workbook_has_dates_filters_and_a_frozen_heading(db, tmp_path):
    target = tmp_path / "a.xlsx"
    run(db, "export", "agreements", "--format", "xlsx", "--out", str(target))
    sheet = openpyxl.load_workbook(target).active
    rows = list(sheet.iter_rows(values_only=True))
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["Дата статуса"].isoformat() == "2026-11-12T00:00:00"
    assert first["Сумма"] == 300e6
    assert dict(zip(rows[0], rows[2], strict=True))["Дата статуса"] == "2026-05"  # a month is no day
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:T3"
    assert sheet["E2"].number_format == "dd.mm.yyyy"


def test_json_lines_and_json_hold_the_same_records(db):
    lines = [json.loads(line) for line in run(db, "export", "summits", "--format", "jsonl").stdout.splitlines()]
    whole = json.loads(run(db, "export", "summits", "--format", "json").stdout)
    assert whole["schema"] == "svodka.summits.1"
    assert whole["summits"] == lines
    assert [one["id"] for one in lines] == ["turkic-2026-12-12", "talks-AZ-UZ-2026-11-10"]


def test_a_calendar_is_read_by_another_library(db):
    import icalendar

    calendar = icalendar.Calendar.from_ical(run(db, "export", "summits", "--format", "ics").stdout_bytes)
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    event = events["turkic-2026-12-12@svodka"]
    assert event["DTSTART"].dt == date(2026, 12, 12)
    assert event["DTEND"].dt == date(2026, 12, 14)
    assert event["SUMMARY"] == "Саммит тюркских государств"


def test_atom_is_read_by_another_library(db):
    content = run(db, "export", "agreements", "--format", "atom").stdout_bytes
    ET.fromstring(content)
    import feedparser

    feed = feedparser.parse(content)
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [
        "tag:svodka,2026:agreement/" + GAS, "tag:svodka,2026:agreement/KG-TJ-treaty-2026-05",
    ]  # fmt: skip


def test_plover_events_say_what_plover_can_and_keep_the_rest(db):
    events = json.loads(run(db, "export", "agreements", "--format", "plover").stdout)["plover"]
    assert events[0]["event_type"] == "SUPPORT"
    assert events[0]["cameo"] == "057"
    assert events[0]["status"] == "ratified"
    assert [actor["code"] for actor in events[0]["actors"][:2]] == ["AZE", "UZB"]
    assert (events[1]["event_type"], events[1]["date_precision"]) == ("AGREE", "month")


def test_filters_narrow_an_export(db):
    rows = read_csv(run(db, "export", "agreements", "--country", "KG", "--until", "2026-06").stdout_bytes)
    assert [row[0] for row in rows[1:]] == ["KG-TJ-treaty-2026-05"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(db, tmp_path, capsys):
    target = tmp_path / "a.csv"
    run(db, "export", "agreements", "--out", str(target))
    before = target.read_bytes()
    with pytest.raises(SystemExit) as stop:
        main(["--db", str(db), "export", "agreements", "--format", "ics", "--out", str(target)])
    assert stop.value.code == 2
    assert "ask for summits" in capsys.readouterr().err
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    with pytest.raises(SystemExit) as stop:
        main(["--db", str(db), "export", "--out", str(tmp_path / "no" / "a.csv")])
    assert stop.value.code == 4


def test_the_published_copy_opens_read_only_and_holds_no_addresses(db, tmp_path):
    with Store.open(db, create=False) as store:
        store.conn.execute(
            "INSERT INTO subscribers (address, token, since) VALUES ('reader@example.org', 's3cret-token', '2026')"
        )
    target = tmp_path / "open" / "news.db"
    target.parent.mkdir()
    run(db, "publish", str(target))
    run(db, "publish", str(target))  # replaces it in one step
    content = target.read_bytes()
    assert b"reader@example.org" not in content
    assert b"s3cret-token" not in content
    target.chmod(0o444)
    target.parent.chmod(0o555)
    try:
        with Store.read(target) as copy:
            assert copy.value('SELECT count(*) FROM "Соглашения"') == 2
            assert copy.value("PRAGMA journal_mode") == "delete"
    finally:
        target.parent.chmod(0o755)


def test_the_schema_is_explained(db):
    text = run(db, "schema", "agreement_steps").stdout
    assert "a dated step of an agreement" in text
    assert "article_id" in text
    assert "-> articles" in text
    assert "статус" in run(db, "schema", "Соглашения").stdout.casefold()
    assert all(table.comment for table in read_schema())


def test_a_pipe_that_closes_is_no_fault(db):
    code = f"{sys.executable} -m pipeline.cli --db {db} export articles --format jsonl | head -c 1"
    result = subprocess.run(["bash", "-o", "pipefail", "-c", code], capture_output=True, check=False)
    assert b"Traceback" not in result.stderr


def test_a_title_with_signs_that_xml_cannot_hold_is_cleaned():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    entry = Entry(id="x", title="Один\x0bдва\ud800", url=None, updated=at, summary="три\x00", categories=("\x1b",))
    feed = ET.fromstring(write_atom([entry], title="x", link="https://svodka.example"))
    assert feed.findtext("{*}entry/{*}title") == "Один два"


def test_a_list_tells_a_subject_with_the_preposition_that_its_sentence_has(tmp_path):
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        fill(store)
        with store.transaction():
            for table in ("agreements", "agreement_mentions"):
                store.conn.execute(f"UPDATE {table} SET subject = 'поставки газа' WHERE subject = 'о поставках газа'")
    heading, *rows = read_csv(run(path, "export", "agreements").stdout_bytes)
    first = dict(zip(heading, rows[0], strict=True))
    assert (first["Соглашение"], first["Предмет"]) == ("Соглашение о поставках газа", "поставки газа")
