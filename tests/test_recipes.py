"""What is written for others to use is used here: recipes, saved questions, Datasette's metadata."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from docs.datasette import TARGET, written
from pipeline.store import Store
from pipeline.store.publishing import publish
from tests.sample import GAS, fill

HOME = Path(__file__).resolve().parent.parent
RECIPES = re.findall(
    r"^## (\d+\. .+?)\n.*?```python\n(.*?)```", (HOME / "docs/recipes.md").read_text(), re.DOTALL | re.MULTILINE
)
QUESTIONS = sorted((HOME / "db/queries").glob("*.sql"))
PARAMETERS = {
    "state_1": "AZ",
    "state_2": "UZ",
    "since": "2026-01-01",
    "id": GAS,
    "word": "поставках",
    "today": "2026-11-25",
}
# Nothing of that in the sample.
EMPTY = {"contradicted", "doubles", "most_named", "overdue_meetings", "partly_signed", "single_source", "unratified"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    with Store.open(folder / "own.db") as store:
        fill(store)
        publish(store, folder / "news.db")
    return folder


def test_there_are_ten_recipes():
    assert len(RECIPES) == 10


@pytest.mark.parametrize(("title", "code"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_runs(folder, title, code, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    names = {}
    exec(compile(code, title, "exec"), names)
    names["db" if "db" in names else "connection"].close()
    assert capsys.readouterr().out.strip() or title.startswith("1.")  # what comes depends on the day of the test


@pytest.mark.parametrize("path", QUESTIONS, ids=[path.stem for path in QUESTIONS])
def test_a_saved_question_is_answered(folder, path):
    sql = path.read_text(encoding="utf-8")
    assert re.match(r"-- [А-ЯЁ][^:]+: [а-яё]", sql)
    connection = sqlite3.connect(folder / "news.db")
    rows = connection.execute(sql, PARAMETERS).fetchall()
    connection.close()
    assert rows or path.stem in EMPTY


def test_the_metadata_of_datasette_is_up_to_date_and_describes_every_column():
    assert TARGET.read_text(encoding="utf-8") == written()


def datasette(folder, *addresses):
    command = [sys.executable, "-m", "datasette", "--immutable", "news.db", "-m", str(TARGET)]
    for address in addresses:
        result = subprocess.run([*command, "--get", address], capture_output=True, text=True, cwd=folder, check=False)
        assert result.returncode == 0, result.stderr
        yield result.stdout


def test_datasette_starts_and_speaks_russian(folder):
    page, answer, table = datasette(
        folder,
        "/news/" + quote("Соглашения").replace("%", "~"),
        "/news/search.json?word=поставках&_shape=array",
        "/news/agreement_steps.json?_labels=on",
    )
    assert "дата последнего шага" in page
    assert [row["Издание"] for row in json.loads(answer)] == ["Вести долины", "Арна"]
    labels = [row["article_id"]["label"] for row in json.loads(table)["rows"]]
    assert "Сенат ратифицировал соглашение с Азербайджаном" in labels
