from pathlib import Path

from sqlite_utils import Database

from pipeline.migrations import migrations, schema

ROOT = Path(__file__).resolve().parent.parent


def test_the_schema_file_is_what_the_migrations_make():
    assert (ROOT / "db" / "schema.sql").read_text() == schema(), "run `make schema`"


def test_every_table_says_what_a_row_is():
    db = Database(memory=True)
    migrations.apply(db)
    for table in db.tables:
        if table.name.startswith(("_sqlite", "sqlite_", "article_search_")):
            continue
        assert "-- " in table.schema.splitlines()[1], table.name


def test_the_store_knows_all_migrations():
    from pipeline.migrations import migrations
    from pipeline.store.database import SCHEMA

    assert tuple(migration.name for migration in migrations._migrations) == SCHEMA
