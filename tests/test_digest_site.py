import pytest
import weeks
from test_web import ask

from pipeline.desk import DeskFile
from pipeline.store import Store
from pipeline.web.app import make_app


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    db = tmp_path_factory.mktemp("site") / "news.db"
    with Store.open(db) as store:
        weeks.ordinary(store)
    return make_app(db, clock=lambda: weeks.NOW, desk=DeskFile(title="Сводка"))


@pytest.mark.parametrize("name", ["2026-W47", "latest"])
def test_the_site_shows_the_digest_of_a_week(site, name):
    answer = ask(site, f"/digest/{name}")
    assert answer.status == 200
    assert "16–22\u00a0ноября</span>\u00a02026\u00a0года</h1>" in answer.text
    assert 'href="http://svodka.test/agreements/agreement-kg-kz-uz-2026"' in answer.text
    assert " style=" not in answer.text, "the policy of the site forbids it"


def test_its_changes_are_a_feed(site):
    answer = ask(site, "/digest/2026-W47.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.text.count("<entry>") == 10


@pytest.mark.parametrize("name", ["2026-W99", "nothing", "2026-W47.exe"])
def test_what_is_no_week_is_not_found(site, name):
    assert ask(site, f"/digest/{name}").status == 404
