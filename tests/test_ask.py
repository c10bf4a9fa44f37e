import json
import sqlite3
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli import cli
from pipeline.search import as_match, fold, mark, read_query, search_terms, snippet
from pipeline.store import Store, asking
from tests.sample import _article, annotate, fill


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    path = tmp_path_factory.mktemp("ask") / "news.db"
    with Store.open(path) as store:
        fill(store)
    return path


@pytest.fixture
def store(db):
    with Store.read(db) as store:
        yield store


def run(db, *arguments):
    result = CliRunner().invoke(cli, ["--db", str(db), *arguments], catch_exceptions=False, standalone_mode=False)
    return result.output


def test_a_word_of_both_alphabets_is_indexed_whole():
    article = replace(
        _article("Арна | 2026-11-10T06:20:00Z | https://arna.example/1 | Пyтин\nО Узбeкистане и IT."), url="x"
    )
    terms = search_terms(annotate(article))
    assert "путин" in terms.title.split()
    assert "узбекистане" in terms.text.split()
    assert {("путин", "путин"), ("узбекистане", "узбекистане")} <= terms.forms


def found(store, words, **more):
    filters = asking.Filters(words=words, **more)
    return [article.id for article in asking.search(store, filters).articles]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("соглашениями", [2, 1]),  # any form finds any other
        ("шелкового", [3]),  # ё or е
        ("ЁЛКА", [4]),
        ("газ -сенат", [1]),
        ('"железная дорога"', [3]),
        ('"дорога железная"', []),
        ("ковёр | газопровод", [4, 1]),
        ("газопров*", [1]),
        ("что-то", [4]),
        ("саммuт", []),
        ("cаммит", [3]),  # a Latin letter in a Russian word
        ("сам\u00adмит", [3]),  # a soft hyphen
        ("саммит\u0301", [3]),  # a stress mark
        ("тюркские государства", [3]),
    ],
)
def test_search_finds_all_forms_of_a_word(store, words, ids):
    assert found(store, words) == ids


def test_search_narrows_by_time_state_topic_and_outlet(store):
    assert found(store, "соглашение", since="2026-11-11") == [2]
    assert found(store, "соглашение", until="2026-11-10") == [1]
    assert found(store, "соглашение", countries=("UZ", "AZ")) == [2, 1]
    assert found(store, "соглашение", countries=("KZ",)) == []
    assert found(store, "соглашение", topics=("energy",), outlets=("Арна",)) == [1]


def test_a_hit_shows_its_words_marked(store):
    hits = asking.search(store, asking.Filters(words="подписать соглашение"))
    pieces = snippet(hits.articles[0].text, hits.marker)
    assert [text for text, hit in pieces if hit] == ["соглашение", "подписанное"]
    assert "".join(text for text, _ in mark("Соглашения, ё!", hits.marker)) == "Соглашения, ё!"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="\"*-|()^:{}+AND OR NOT NEARёЁ\x00'", max_size=40))
def test_no_query_breaks_the_index(text):
    match = as_match(read_query(text), {})
    index = sqlite3.connect(":memory:")
    index.execute(
        "CREATE VIRTUAL TABLE s USING fts5(title, text, content='', tokenize='unicode61 remove_diacritics 0')"
    )
    if match is not None:
        index.execute("SELECT rowid FROM s WHERE s MATCH ?", [match]).fetchall()
    index.close()


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Шёлковый", "шелковый"),
        ("МИД", "мид"),
        ("Пyтин", "путин"),
        ("IT", "it"),
        ("сло\u200bво", "слово"),
        ("сло\u00adво", "слово"),
        ("и\u0306ога", "йога"),
        ("за\u0301мок", "замок"),
    ],
)
def test_what_a_reader_takes_for_the_same_is_folded(written, folded):
    assert fold(written) == folded


def test_a_megabyte_of_words_is_cut(store):
    assert found(store, "газ " * 250_000) == [2, 1]


def test_lists_are_narrowed_by_every_filter(db):
    def ids(*arguments):
        return [line.split("\t")[0] for line in run(db, *arguments).splitlines() if "\t" in line]

    assert ids("agreements", "--country", "UZ", "--country", "азербайджан", "--topic", "energy") == [
        "AZ-UZ-agreement-2026-11-10",
    ]
    assert ids("agreements", "--status", "signed") == []
    assert ids("agreements", "--until", "2026-05-20") == ["KG-TJ-treaty-2026-05"]
    assert ids("agreements", "газ") == ["AZ-UZ-agreement-2026-11-10"]
    assert ids("summits", "--since", "2026-12") == ["turkic-2026-12-12"]
    assert ids("summits", "--kind", "talks", "--until", "2026-11") == ["talks-AZ-UZ-2026-11-10"]
    assert ids("summits", "--oldest", "--limit", "1") == ["talks-AZ-UZ-2026-11-10"]
    assert ids("articles", "--topic", "energy") == ["2", "1"]


def test_lists_and_records_answer_in_json(db):
    listed = json.loads(run(db, "agreements", "--country", "AZ", "--json"))
    assert listed["schema"] == "svodka.agreements.1"
    assert listed["total"] == 1
    assert listed["agreements"][0]["states"] == ["AZ", "UZ"]
    shown = json.loads(run(db, "show", "agreement", "AZ-UZ-agreement-2026-11-10", "--json"))["agreement"]
    assert [step["step"] for step in shown["steps"]] == ["signed", "ratified"]
    assert shown["mentions"][0]["sentences"][0]["text"].strip().startswith("Стороны подписали соглашение")


def test_show_prints_every_source_sentence(db):
    text = run(db, "show", "agreement", "old-name")  # leads on to what it was merged into
    assert "«Стороны подписали соглашение о поставках газа на 300 миллионов долларов.»" in text
    assert "«Сенат Узбекистана одобрил соглашение о поставках газа, подписанное в Баку.»" in text
    assert "amount (conflict): 300000000 USD (chosen): 1; 30000000 USD: 1" in text
    assert "talks-AZ-UZ-2026-11-10" in text
    assert "газопровод" in run(db, "show", "article", "1").casefold()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["agreements", "--since", "вчера"], "2026-11-24"),
        (["summits", "--country", "Узбекистон"], "UZ (Узбекистан)"),
        (["show", "summit", "nothing"], "svodka summits"),
        (["show", "article", "9" * 400], "svodka articles"),
        (["search", "-нефть"], "at least one word"),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_do(db, arguments, advice, capsys):
    from pipeline.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["--db", str(db), *([*arguments[:1], "--", *arguments[1:]] if arguments[0] == "search" else arguments)])
    assert stop.value.code == 2
    assert advice in capsys.readouterr().err


def test_the_views_read_in_russian(db):
    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    row = connection.execute('SELECT * FROM "Соглашения" WHERE "Статус" = ?', ["ратифицировано"]).fetchone()
    assert (row["Соглашение"], row["Государства"]) == ("соглашение о поставках газа", "Азербайджан, Узбекистан")
    steps = connection.execute('SELECT "Шаг", "Дата" FROM "Шаги соглашений" ORDER BY "Код", "Ступень"').fetchall()
    assert [tuple(step) for step in steps] == [
        ("подписано", "2026-11-10"), ("ратифицировано", "2026-11-12"), ("готовится", "2026-05"),
    ]  # fmt: skip
    assert connection.execute('SELECT "Встреча" FROM "Саммиты" WHERE "Вид" = \'переговоры\'').fetchone()[0] == (
        "переговоры: Азербайджан, Узбекистан"
    )
    sentence = connection.execute('SELECT "Предложение" FROM "Подтверждения" WHERE "Что" = \'встреча\'').fetchone()[0]
    assert sentence.startswith("Президент Узбекистана провёл переговоры")
    late = connection.execute('SELECT "Код", "Срок" FROM "Просроченное"').fetchall()
    assert ("KG-TJ-treaty-2026-05", "2026-05-31") in [tuple(row) for row in late]
    connection.close()


def test_plain_sql_finds_words_in_any_form(db):
    connection = sqlite3.connect(db)
    rows = connection.execute(
        """
        SELECT articles.id FROM article_search JOIN articles ON search_id = article_search.rowid
        WHERE article_search MATCH (
          SELECT group_concat('"' || lemma || '"', ' OR ') FROM word_forms WHERE form = 'поставках')
        ORDER BY article_search.rowid DESC
        """,
    ).fetchall()
    connection.close()
    assert rows == [(2,), (1,)]
