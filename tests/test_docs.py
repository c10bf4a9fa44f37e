"""Documentation under test: lists made from the code, queries that run, commands that exist."""

import re
import sqlite3
from pathlib import Path

import pytest

from docs.generate import README, written
from docs.licences import closure, licence
from pipeline.cli import COMMANDS
from pipeline.store import Store
from tests.sample import fill

ROOT = Path(__file__).resolve().parent.parent
TEXT = README.read_text(encoding="utf-8")
QUESTIONS = re.findall(r"-- (\d+)\. (.+?)\n(.+?);", TEXT, flags=re.DOTALL)
WORDS = re.compile(r"\bsvodka ([a-z]+)(?: ([a-z]+))?")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("docs") / "news.db"
    with Store.open(path) as store:
        fill(store)
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def test_the_lists_in_the_readme_are_those_of_the_code():
    assert written(TEXT) == TEXT, "run `make docs`"


def test_there_are_ten_questions():
    assert [number for number, _, _ in QUESTIONS] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize(("number", "title", "query"), QUESTIONS, ids=[number for number, _, _ in QUESTIONS])
def test_a_question_of_the_readme_is_answered(database, number, title, query):
    database.execute(query).fetchall()
    assert title.endswith("?"), number


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/*.md")), README], ids=lambda path: path.name)
def test_the_commands_that_a_page_names_exist(path):
    known = {name for name, *_ in COMMANDS}
    code = re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))
    for found in WORDS.finditer("\n".join(code)):
        assert found[1] in known, found[0]


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/*.md")), README], ids=lambda path: path.name)
def test_the_files_that_a_page_links_to_exist(path):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_package_that_comes_along_tells_its_licence():
    packages = closure("svodka")
    assert len(packages) > 30
    assert [package for package in packages if not licence(package)] == []
