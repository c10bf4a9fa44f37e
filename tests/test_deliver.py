from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header

import pytest
import weeks
from mailserver import PASSWORD, Post, running

from pipeline.deliver import MailError, Server
from pipeline.desk import DeskFile, Sender, Subscriber
from pipeline.digest.week import Week
from pipeline.errors import ConfigError
from pipeline.mail import Office, StaleError, bounce_address, kept_digest, send_digest
from pipeline.store import Store
from pipeline.store import deliveries as book
from pipeline.store.week import newest_article

# aiosmtpd does not count implicit TLS as TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

WEEK = Week.read(weeks.WEEK, "Asia/Tashkent")
SENDER = Sender(
    name="Мониторинг региональной дипломатии",
    address="digest@desk.example",
    reply_to="desk@desk.example",
    bounces="bounce@desk.example",
)
FILE = DeskFile(pages="https://svodka.example", one_click=True, sender=SENDER, operator="admin@desk.example")
READERS = tuple(f"reader{number}@example.org" for number in range(4))


class Desk:
    """A database with an ordinary week, and a way to send its digest."""

    def __init__(self, path):
        self.store = Store.open(path / "news.db")
        weeks.ordinary(self.store)
        self.waited = []
        self.now = weeks.NOW

    def send(self, env, readers=READERS, **options):
        office = Office(
            file=FILE,
            server=replace(Server.of(env), timeout=3.0, closing_timeout=3.0),
            clock=lambda: self.now,
            wait=self.waited.append,
            made_by="test",
        )
        last = newest_article(self.store)
        return send_digest(
            self.store, WEEK, [Subscriber(address=each) for each in readers], office, last=last, **options
        )

    def states(self):
        return {item.address: item.state for item in book.deliveries_of(self.store, WEEK.id)}


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.store.close()


def addresses(post):
    return sorted(address for address, _, _ in post.taken)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_each_reader_gets_one_message_in_one_envelope_and_the_second_run_sends_nothing(tmp_path, desk, security):
    post = Post()
    with running(post, tmp_path, security=security, login=True) as env:
        first, second = desk.send(env), desk.send(env)
    assert (first.tally.sent, first.before, second.tally.sent, second.before) == (4, 0, 0, 4)
    assert addresses(post) == sorted(READERS)
    assert {message["To"] for _, _, message in post.taken} == set(READERS)
    assert {sender for _, sender, _ in post.taken} == {bounce_address(SENDER.bounces, reader) for reader in READERS}
    assert post.logins == 1


def test_headers_say_who_and_what_and_how_to_leave(tmp_path, desk):
    post = Post()
    with running(post, tmp_path) as env:
        desk.send(env, READERS[:1])
    message = post.taken[0][2]
    assert str(make_header(decode_header(message["From"]))) == f"{SENDER.name} <{SENDER.address}>"
    assert str(make_header(decode_header(message["Subject"]))).replace("\u00a0", " ") == (
        "16–22 ноября: перенесён: 5–6 декабря → 12–13 декабря — Саммит глав…"
    )
    token = desk.store.value("SELECT token FROM subscribers")
    assert message["List-Unsubscribe"].startswith(f"<https://svodka.example/unsubscribe/{token}>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"].startswith("<2026-W47.")
    assert message["Reply-To"] == "desk@desk.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Mon, 23 Nov 2026 07:00:00 +0500"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_what_the_server_defers_is_tried_again_in_the_run(tmp_path, desk):
    post = Post({READERS[0]: "grey", READERS[1]: "later", READERS[2]: "closing", READERS[3]: "cut"})
    with running(post, tmp_path) as env:
        sending = desk.send(env)
    assert (sending.tally.sent, sending.tally.deferred) == (4, 0)
    assert addresses(post) == sorted(READERS)
    assert desk.waited == [60.0]


def test_what_stays_deferred_is_sent_by_the_next_run(tmp_path, desk, monkeypatch):
    monkeypatch.setattr("mailserver.LASTING", {"grey"})
    post = Post({READERS[0]: "grey"})
    with running(post, tmp_path) as env:
        sending = desk.send(env)
        assert (sending.tally.sent, sending.tally.deferred) == (3, 1)
        assert desk.states()[READERS[0]] == "deferred"
        assert desk.waited == [60.0, 300.0, 900.0]
        post.faults.clear()
        assert desk.send(env).tally.sent == 1
    assert addresses(post) == sorted(READERS)


def test_a_refused_address_is_refused_for_good_and_paused_after_three_digests(tmp_path, desk):
    post = Post({READERS[0]: "gone"})
    with running(post, tmp_path) as env:
        sending = desk.send(env, READERS[:2])
        assert (sending.tally.sent, sending.tally.refused, sending.refused) == (1, 1, READERS[:1])
        assert desk.send(env, READERS[:2]).tally.refused == 0
        for _ in range(2):
            desk.store.conn.execute("UPDATE deliveries SET state = 'new'")
            desk.send(env, READERS[:2])
        assert desk.store.rows(
            "SELECT refusals, paused_at IS NOT NULL AS paused FROM subscribers ORDER BY address"
        ) == [
            {"refusals": 3, "paused": 1},
            {"refusals": 0, "paused": 0},
        ]
        desk.store.conn.execute("UPDATE deliveries SET state = 'new'")
        assert desk.send(env, READERS[:2]).tally.refused == 0
    assert desk.states() == {READERS[0]: "withdrawn", READERS[1]: "sent"}


def test_a_letter_refused_for_its_content_says_nothing_of_the_address(tmp_path, desk):
    with running(Post({READERS[0]: "spam"}), tmp_path) as env:
        assert desk.send(env, READERS[:1]).tally.refused == 1
    assert desk.store.value("SELECT refusals FROM subscribers") == 0


@pytest.mark.parametrize("kind", ["swallow", "drop"])
def test_a_letter_whose_final_dot_got_no_answer_is_in_doubt_and_not_sent_twice(tmp_path, desk, kind):
    post = Post({READERS[0]: kind})
    with running(post, tmp_path) as env:
        first, second = desk.send(env), desk.send(env)
        assert (first.tally.sent, first.tally.unknown, first.doubts) == (3, 1, READERS[:1])
        assert (second.tally.sent, second.doubts) == (0, READERS[:1])
        assert len(post.taken) == (4 if kind == "swallow" else 3)
        assert desk.send(env, only=READERS[:1], force=True).tally.sent == 1


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing is tidied up in the ledger."""


def killed_at(monkeypatch, method, *, after):
    """Let the program die at the second letter, before or after a step of the ledger is on the disk."""
    real, count = getattr(book.Book, method), []

    def step(self, *args, **options):
        count.append(1)
        if len(count) != 2:
            return real(self, *args, **options)
        if after:
            real(self, *args, **options)
        raise Killed

    monkeypatch.setattr(book.Book, method, step)


@pytest.mark.parametrize(
    "step",
    [
        ("begin", False, 0, 4),
        ("begin", True, 0, 4),
        ("close", False, 0, 4),  # all but the dot was sent: not taken
        ("close", True, 1, 3),  # the dot was not sent, but nobody can know
        ("end", False, 1, 4),  # taken, and we died before we could say so
        ("end", True, 0, 4),
    ],
    ids=str,
)
def test_a_crash_at_any_step_neither_doubles_nor_forgets(tmp_path, desk, monkeypatch, step):
    method, after, doubts, taken = step
    post = Post()
    with running(post, tmp_path) as env:
        with monkeypatch.context() as patch:
            killed_at(patch, method, after=after)
            with pytest.raises(Killed):
                desk.send(env)
        sending = desk.send(env)
    assert len(sending.doubts) == doubts
    assert len(post.taken) == taken
    assert len(set(addresses(post))) == taken, "none twice"
    assert set(addresses(post)) | set(sending.doubts) == set(READERS), "none forgotten"


def test_a_crash_before_the_first_letter_keeps_the_digest_and_remembers_all(tmp_path, desk, monkeypatch):
    with running(Post(), tmp_path) as env, monkeypatch.context() as patch:
        patch.setattr("pipeline.mail.deliver", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.send(env)
    assert desk.states() == dict.fromkeys(READERS, "new")


def test_no_digest_is_kept_whose_letters_are_not_remembered(tmp_path, desk, monkeypatch):
    with running(Post(), tmp_path) as env, monkeypatch.context() as patch:
        patch.setattr("pipeline.mail._enrol", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.send(env)
    assert book.kept_digest(desk.store, WEEK.id) is None


def test_news_that_came_after_the_last_digest_is_told_in_the_next(tmp_path, desk):
    newest = newest_article(desk.store)
    with running(Post(), tmp_path) as env:
        book.keep_digest(
            desk.store, week="2026-W46", starts="2026-11-09", ends="2026-11-15", made_at=desk.now, last=newest - 1,
            subject="", content="{}", made_by="test",
        )  # fmt: skip
        desk.store.conn.execute("UPDATE articles SET published_at = '2026-11-10T08:00:00Z' WHERE id = ?", [newest])
        desk.send(env, READERS[:1])
    assert kept_digest(desk.store, WEEK.id).health.late == 1


def test_the_digest_that_goes_out_later_is_the_one_that_was_kept(tmp_path, desk):
    post = Post()
    with running(post, tmp_path) as env:
        desk.send(env, READERS[:1])
        desk.store.conn.execute("UPDATE agreements SET subject = 'о чём-то другом'")
        desk.store.conn.execute("DELETE FROM agreement_steps")
        desk.send(env, READERS[:2])
    first, second = (message.get_payload()[0].get_payload(decode=True).decode() for _, _, message in post.taken)
    assert first.replace(READERS[0], "").split("Письмо")[0] == second.replace(READERS[1], "").split("Письмо")[0]


def test_who_left_between_two_runs_gets_nothing_and_who_came_gets_theirs(tmp_path, desk):
    post = Post({READERS[0]: "drop"})
    with running(post, tmp_path) as env:
        desk.send(env, READERS[:1])
        desk.store.conn.execute("UPDATE deliveries SET state = 'deferred'")
        token = desk.store.value("SELECT token FROM subscribers")
        assert book.unsubscribe(desk.store, token, now=desk.now) == READERS[0]
        assert book.unsubscribe(desk.store, token, now=desk.now) == READERS[0]
        assert book.unsubscribe(desk.store, "forged", now=desk.now) is None
        desk.send(env, READERS[:2])
    assert addresses(post) == [READERS[1]]
    assert desk.states()[READERS[0]] == "withdrawn"


def test_no_digest_of_rows_that_are_older_than_36_hours(tmp_path, desk):
    post = Post()
    with running(post, tmp_path) as env:
        desk.now = weeks.NOW + timedelta(hours=36)
        with pytest.raises(StaleError, match="svodka run"):
            desk.send(env)
        assert not post.taken
        assert desk.send(env, force=True).tally.sent == 4


def test_an_unknown_certificate_is_refused(tmp_path, desk):
    post = Post()
    for security in ("starttls", "tls"):
        with (
            running(post, tmp_path, security=security, login=True, trusted=False) as env,
            pytest.raises(MailError, match="cannot be trusted"),
        ):
            desk.send(env)
    assert not post.taken
    assert post.logins == 0
    assert set(desk.states().values()) == {"new"}


def test_without_starttls_nothing_goes_in_the_open(tmp_path, desk):
    post = Post()
    with running(post, tmp_path, security="none") as env, pytest.raises(MailError, match="no encryption"):
        desk.send(env | {"SMTP_SECURITY": "starttls", "SMTP_USER": "a", "SMTP_PASSWORD": "b"})
    assert not post.taken


def test_a_wrong_password_is_said_without_the_password(tmp_path, desk):
    with running(Post(), tmp_path, login=True) as env, pytest.raises(MailError, match="refused the login") as raised:
        desk.send(env | {"SMTP_PASSWORD": "not-the-secret"})
    assert "not-the-secret" not in str(raised.value)
    assert "not-the-secret" not in repr(Server.of(env | {"SMTP_PASSWORD": "not-the-secret"}))
    assert "not-the-secret" not in str(desk.store.rows("SELECT * FROM deliveries"))


def test_a_server_that_is_not_there_loses_nothing(tmp_path, desk):
    with running(Post(), tmp_path) as env:
        pass
    with pytest.raises(MailError, match="cannot be used now"):
        desk.send(env)
    assert set(desk.states().values()) == {"deferred"}
    post = Post()
    with running(post, tmp_path) as env:
        assert desk.send(env).tally.sent == 4


def test_a_slow_server_is_waited_for(tmp_path, desk):
    post = Post({READERS[0]: "slow"})
    with running(post, tmp_path) as env:
        assert desk.send(env, READERS[:1]).tally.sent == 1


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "SMTP_HOST is not set"),
        ({"SMTP_HOST": "mail.example", "SMTP_SECURITY": "maybe"}, "must be one of"),
        ({"SMTP_HOST": "mail.example", "SMTP_PORT": "x"}, "must be a number"),
        ({"SMTP_HOST": "mail.example", "SMTP_SECURITY": "none"}, "unencrypted"),
        ({"SMTP_HOST": "127.0.0.1", "SMTP_SECURITY": "none", "SMTP_USER": "a", "SMTP_PASSWORD": "b"}, "unencrypted"),
        ({"SMTP_HOST": "mail.example", "SMTP_USER": "a"}, "neither SMTP_PASSWORD"),
        ({"SMTP_HOST": "mail.example", "SMTP_PASSWORD_FILE": "/nowhere"}, "cannot read"),
    ],
)
def test_a_wrong_environment_is_named(env, words):
    with pytest.raises(ConfigError, match=words):
        Server.of(env)


def test_the_password_may_lie_in_a_file(tmp_path):
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    env = {"SMTP_HOST": "mail.example", "SMTP_USER": "a", "SMTP_PASSWORD_FILE": str(tmp_path / "secret")}
    assert Server.of(env).password == PASSWORD
