"""What needs a person's eye: every saved query finds its case and no other."""

import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import ConfigError
from pipeline.records import Agreement, Summit
from pipeline.store import Store
from pipeline.store.attention import LOOKED_AT, ask, read_queries, read_query
from pipeline.store.resolution import resolve_new
from tests.retelling import save

QUERIES = Path(__file__).resolve().parent.parent / "db" / "queries"
NOW = datetime(2022, 12, 20, tzinfo=UTC)
TEXT = "Стороны встретились. Договор будет ратифицирован до конца года. Подписано соглашение."


def talks(status, start, *states, **more):
    return Summit(
        triggers=((2, 20),), kind="talks", status=status, start=start, states=states, confidence=0.9,
        evidence=((2, 22),), **more,
    )  # fmt: skip


def agreement(status, day, subject, *states):
    return Agreement(
        triggers=((23, 30),), kind="treaty", status=status, date=day, subject=subject, states=states, confidence=0.9,
        evidence=((23, 65),),
    )  # fmt: skip


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "news.db"
    reports = [
        ("2022-12-01", [talks("planned", "2022-12-25", "KZ", "UZ")]),
        ("2022-12-01", [talks("planned", "2022-12-10", "KG", "UZ")]),
        ("2022-12-01", [talks("held", "2022-11-30", "TM", "UZ")]),
        ("2022-04-01", [agreement("planned", "2022-05", "преференциальная торговля", "PK", "UZ")]),
        ("2022-04-02", [agreement("signed", "2022-04-01", "воздушное сообщение", "TR", "UZ")]),
        ("2022-12-15", [agreement("signed", "2022-12-14", "экспорт хлопка в порты", "AZ", "UZ")]),
        ("2022-12-18", [agreement("planned", None, "экспорт хлопка в порты", "AZ", "UZ")]),
        ("2022-12-05", [talks("held", "2022-12-04", "TJ", "UZ", place="Душанбе", persons=("Рахмон", "Мирзиёев"))]),
        ("2022-12-05", [talks("held", "2022-12-04", "TJ", "UZ", place="Худжанд", persons=("Рахмон", "Мирзиёев"))]),
    ]
    with Store.open(path) as store:
        for number, (published, events) in enumerate(reports):
            save(store, str(number), published, TEXT, events, outlet=f"{number}.uz", now=NOW)
        resolve_new(store, now=NOW, made_by="test")
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coming", ["kz-uz-talks-2022-12-25"]),
        ("overdue_meetings", ["kg-uz-talks-2022-12-10"]),
        ("overdue_signings", ["pk-uz-treaty-preferentsialnaya-torgovlya-2022-05"]),
        ("unratified", ["tr-uz-treaty-vozdushnoe-soobshchenie-2022-04"]),
        ("contradicted", ["az-uz-treaty-eksport-khlopka-2022-12"]),
        ("partly_signed", []),
        ("doubles", []),
    ],
)
def test_a_query_lists_its_cases(db, name, expected):
    with Store.read(db) as store:
        rows = ask(store, read_query(QUERIES / f"{name}.sql"), today=date(2022, 12, 20))
    assert [row["id"] for row in rows] == expected


def test_every_saved_query_runs_in_plain_sqlite_with_no_parameter_given(db):
    names = {path.stem for path in QUERIES.glob("*.sql")}
    assert set(LOOKED_AT) <= names
    connection = sqlite3.connect(db)
    for name in LOOKED_AT:
        connection.execute(read_query(QUERIES / f"{name}.sql").sql, {"today": None}).fetchall()
    connection.close()


def test_the_command_counts_and_lists(db):
    result = CliRunner().invoke(cli, ["--db", str(db), "--now", "2022-12-20", "attention"])
    assert result.exit_code == 0
    assert "     1  coming" in result.stdout
    result = CliRunner().invoke(cli, ["--db", str(db), "--now", "2022-12-20", "--json", "attention", "coming"])
    assert [row["id"] for row in json.loads(result.stdout)["coming"]] == ["kz-uz-talks-2022-12-25"]
    result = CliRunner().invoke(cli, ["--db", str(db), "--now", "2022-12-20", "attention", "coming"])
    assert result.stdout.startswith("kz-uz-talks-2022-12-25\t2022-12-25")


def test_a_query_without_a_title_is_named(tmp_path):
    (tmp_path / "coming.sql").write_text("SELECT 1")
    with pytest.raises(ConfigError, match=r"coming\.sql:1"):
        read_queries(tmp_path)
