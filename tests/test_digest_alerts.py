from datetime import timedelta

import pytest
import weeks
from mailserver import Post, running

from pipeline.alerts import find_alerts, matches, send_alerts
from pipeline.deliver import Server
from pipeline.desk import DeskFile, Rule, Sender
from pipeline.digest.week import Week
from pipeline.mail import Office, make_digest
from pipeline.store import Store
from pipeline.store.deliveries import unsubscribe
from pipeline.store.week import newest_article

SENDER = Sender(name="Сводка", address="d@desk.example", reply_to=None, bounces="b@desk.example")
FILE = DeskFile(sender=SENDER)
NIGHT = weeks.NOW - timedelta(days=1, hours=4)  # Saturday night: the news of 20 November and later are fresh
ENERGY = Rule(name="Энергетика", when=("agreement",), topics=("energy",), states=("UZ",), to=("a@example.org",))
MOVED = Rule(name="Переносы", when=("moved", "cancelled"), to=("a@example.org", "b@example.org"))


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as made:
        weeks.ordinary(made)
        yield made


def find(store, *rules, now=NIGHT):
    return find_alerts(store, FILE, rules, now=now, made_by="test")


def send(store, env, now=NIGHT):
    office = Office(file=FILE, server=Server.of(env), clock=lambda: now, wait=lambda _: None, made_by="test")
    return send_alerts(store, office)


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        (
            Rule(name="x", when=("agreement",), topics=("energy",), states=("UZ",)),
            {"step:agreement-kg-kz-uz-2026:signed"},
        ),
        (Rule(name="x", when=("moved",)), {"moved:summit-2026-12-water:2026-12-12"}),
        (Rule(name="x", when=("agreement",), statuses=("ratified",)), {"step:treaty-cn-kg-uz-2026:ratified"}),
        (Rule(name="x", when=("meeting",)), {"announced:talks-2026-11-ports"}),
        (Rule(name="x", when=("overdue",)), {"overdue:council-2026-11-tj-kg:2026-11-18"}),
        (Rule(name="x", when=("agreement",), sources=3), {"step:agreement-kg-kz-uz-2026:signed"}),
        (Rule(name="x", when=("cancelled",)), set()),
    ],
)
def test_a_rule_finds_what_it_asks_for(store, rule, keys):
    week = Week.read(weeks.WEEK, "Asia/Tashkent")
    made = make_digest(store, week, now=weeks.NOW, last=newest_article(store), made_by="test")
    assert {key for key, _ in matches(rule, made.changes, made.attention)} == keys


def test_a_match_is_told_once_whatever_night_it_is(tmp_path, store):
    post = Post()
    with running(post, tmp_path) as env:
        assert find(store, ENERGY, MOVED) == {"Энергетика": 1, "Переносы": 0}
        assert send(store, env).sent == 1
        for nights in range(1, 9):
            assert find(store, ENERGY, MOVED, now=NIGHT + timedelta(days=nights)) == {"Энергетика": 0, "Переносы": 0}
            assert send(store, env, now=NIGHT + timedelta(days=nights)).sent == 0
    assert [address for address, _, _ in post.taken] == ["a@example.org"]
    text = post.taken[0][2].get_payload()[0].get_payload(decode=True).decode()
    assert text.startswith("Энергетика: 1 событие\n\n• Подписано 20 ноября (ранее: согласовано 3 октября)\n")
    assert "https://news1.example/2026-11-20/" in text


def test_a_new_rule_does_not_tell_what_was_old_when_it_was_written(store):
    assert find(store, MOVED) == {"Переносы": 0}, "moved on the 19th, the rule is of the 21st"
    assert store.value("SELECT letter FROM alerts") == "", "but it is remembered"


def test_each_reader_of_a_rule_gets_a_letter_and_who_left_gets_none(tmp_path, store):
    find(store, MOVED, now=NIGHT - timedelta(days=2))
    token = store.value("SELECT token FROM subscribers WHERE address = 'b@example.org'")
    unsubscribe(store, token, now=NIGHT)
    post = Post()
    with running(post, tmp_path) as env:
        assert send(store, env, now=NIGHT - timedelta(days=2)).sent == 1
    assert [address for address, _, _ in post.taken] == ["a@example.org"]


def test_a_letter_that_could_not_be_sent_is_sent_by_the_next_night(tmp_path, store, monkeypatch):
    monkeypatch.setattr("mailserver.LASTING", {"grey"})
    find(store, ENERGY)
    post = Post({"a@example.org": "grey"})
    with running(post, tmp_path) as env:
        assert send(store, env).deferred == 1
        post.faults.clear()
        assert send(store, env, now=NIGHT + timedelta(days=1)).sent == 1
    assert len(post.taken) == 1
