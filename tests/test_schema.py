from pathlib import Path

import pytest

from pipeline.gazetteer import Gazetteer
from pipeline.migrations import fresh_database, schema

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def db():
    with fresh_database() as db:
        yield db


def test_the_schema_file_is_what_the_migrations_make():
    assert (ROOT / "db" / "schema.sql").read_text() == schema(), "run `make schema`"


def test_every_table_says_what_a_row_is(db):
    for table in db.tables:
        if table.name.startswith(("_sqlite", "sqlite_", "article_search_")):
            continue
        assert "-- " in table.schema.splitlines()[1], table.name


def test_every_table_is_strict(db):
    tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    for name, sql in tables.fetchall():
        assert "STRICT" in sql or name.startswith(("_sqlite", "sqlite_", "article_search")), name


def test_the_store_knows_all_migrations():
    from pipeline.migrations import migrations
    from pipeline.store.database import SCHEMA

    assert tuple(migration.name for migration in migrations._migrations) == SCHEMA


def test_the_key_of_a_table_without_rowid_stands_first_and_in_its_order(db):
    # The quick_check of SQLite 3.40 takes such a table for damaged when its columns stand in another order.
    for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = db.execute(f"PRAGMA table_info('{name}')").fetchall()
        key = [column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]]
        if "WITHOUT ROWID" in sql:
            assert [column[1] for column in columns][: len(key)] == key, name


def test_readers_see_a_state_under_one_name(db):
    names = dict(db.execute("SELECT code, name FROM states").fetchall())
    for code, state in Gazetteer.load(ROOT / "models" / "gazetteer").states.items():
        assert names[code] == state.names[0].removeprefix("=")
    assert (names["KG"], names["SU"]) == ("Кыргызстан", "СССР")
