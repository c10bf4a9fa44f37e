import gzip
import json
from datetime import UTC, datetime

import pytest

from pipeline.archives import archive_files, import_file
from pipeline.sandbox import Sandbox
from pipeline.store import Store
from tests.demo.outlets import read_outlets, render

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def documents(count):
    return [
        {"id": f"d{number}", "url": None, "published": "2026-11-20T09:00:00+05:00", "title": "Новость",
         "text": f"В Астане прошли переговоры номер {number}.", "source": "Вестник"}
        for number in range(count)
    ]  # fmt: skip


def load(store, path):
    with Sandbox() as sandbox:
        return import_file(store, path, now=NOW, sandbox=sandbox, progress=lambda _: None)


def write_lines(path, found):
    path.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    return path


def test_the_same_archive_twice_adds_nothing(store, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", documents(1200))
    assert load(store, path).new == 1200
    again = load(store, path)
    assert (again.lines, again.skipped, again.new) == (0, 1200, 0)
    assert store.value("SELECT published_at || ' ' || outlet FROM articles LIMIT 1") == "2026-11-20T04:00:00Z Вестник"


def test_an_import_that_was_stopped_goes_on_where_it_was(store, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", documents(1200))

    def stop(_):
        raise KeyboardInterrupt

    with Sandbox() as sandbox, pytest.raises(KeyboardInterrupt):
        import_file(store, path, now=NOW, sandbox=sandbox, progress=stop)
    assert store.value("SELECT count(*) FROM articles") == 500
    rest = load(store, path)
    assert (rest.lines, rest.skipped) == (700, 500)
    assert store.value("SELECT count(*) FROM articles") == 1200


def test_packed_and_plain_and_parquet_are_the_same_articles(store, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    found = documents(30)
    write_lines(tmp_path / "plain.jsonl", found)
    with gzip.open(tmp_path / "packed.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in found)
    parquet.write_table(pyarrow.Table.from_pylist(found), tmp_path / "table.parquet")
    assert [load(store, tmp_path / name).new for name in ("plain.jsonl", "packed.jsonl.gz", "table.parquet")] == [
        30,
        0,
        0,
    ]


def test_a_bad_line_is_told_with_its_number_and_the_rest_is_stored(store, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(documents(1)[0]) + "\n{half\n" + json.dumps(documents(2)[1]) + "\n", encoding="utf-8")
    imported = load(store, path)
    assert imported.new == 2
    assert [failure.subject for failure in imported.refused] == ["a.jsonl:2"]


def test_a_folder_of_saved_feeds_is_read_in_every_encoding(store, tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    outlets = read_outlets()
    for number, outlet in enumerate(outlets):
        (folder / f"{number}.xml").write_bytes(render(outlet, datetime(2026, 11, 30, tzinfo=UTC)))
    imported = [load(store, path) for path in archive_files([folder])]
    assert sum(one.new for one in imported) == sum(len(outlet["articles"]) for outlet in outlets)
    assert [failure.subject for one in imported for failure in one.refused] == ["5.xml"]
    assert store.value("SELECT count(*) FROM articles WHERE title LIKE '%Лавров%'") == 1


def test_half_signs_and_nul_are_stored_as_a_replacement(store, tmp_path):
    odd = documents(1)[0] | {"id": "\ud800", "title": "Итог\x00", "text": "Подписали \ud83d\ude00 \udc00 договор."}
    assert load(store, write_lines(tmp_path / "a.jsonl", [odd])).new == 1
    assert store.rows("SELECT url, title, text FROM articles") == [
        {"url": "urn:svodka:\ufffd", "title": "Итог\ufffd", "text": "Подписали 😀 \ufffd договор."}
    ]
