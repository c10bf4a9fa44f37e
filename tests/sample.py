"""A small filled database for tests: sentences in the manner of agency news, invented private persons, real states."""

import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

from pipeline.annotate.morphology import Morphology
from pipeline.records import (
    Agreement,
    Amount,
    Annotated,
    Article,
    Depth,
    Document,
    Entity,
    Feed,
    Outcome,
    Sentence,
    Summit,
    Token,
    Why,
)
from pipeline.store import archive
from pipeline.store.understanding import save_understood
from pipeline.understand import sum_up

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)

TEXTS = (
    """
Арна | 2026-11-10T06:20:00Z | https://arna.example/1 | Баку и Ташкент договорились о поставках газа
Президент Узбекистана провёл переговоры с президентом Азербайджана в Баку. Стороны подписали соглашение о поставках газа
 на 300 миллионов долларов.

Документ предстоит ратифицировать парламентам двух стран. Газопровод пройдёт по дну Каспийского моря.""",
    """
Вести долины | 2026-11-12T09:00:00Z | https://vest.example/2 | Сенат ратифицировал соглашение с Азербайджаном
Сенат Узбекистана одобрил соглашение о поставках газа, подписанное в Баку. Теперь дело за азербайджанской стороной.""",
    """
Арна | 2026-11-20T05:00:00Z | https://arna.example/3 | Саммит тюркских государств пройдёт в Ташкенте 12–13 декабря
Ташкент примет саммит глав тюркских государств 12–13 декабря. Ожидается подписание дорожной карты шёлкового пути и
 железной дороги.""",
    """
Вести долины | 2026-11-21T11:30:00Z | https://vest.example/4 | Музей показал ковры из пяти стран
Выставка ковров открылась в музее. Елки в фойе стоят по-новогоднему, что-то напоминает о зиме.""",
    """
Вести долины | 2026-11-23T08:00:00Z | https://vest.example/5 | =cmd~' /C calc'!A0 <script>alert(1)</script> «опасный»
Текст с <b>разметкой</b> & знаками. Это не ссылка: javascript:alert(1). Договор обещали подписать в мае.""",
)
GAS = "AZ-UZ-agreement-2026-11-10"
FEED = Feed(name="Арна", url="https://arna.example/rss", country="UZ")
WORD = re.compile(r"\w+(?:-\w+)*|[^\w\s]")


@cache
def _morphology():
    return Morphology()


def _article(written):
    head, text = written.strip().replace("\n ", " ").split("\n", 1)
    outlet, at, url, title = head.split(" | ")
    return Article(
        url=url,
        link=url,
        guid=url,
        title=title,
        text=text,
        published_at=datetime.fromisoformat(at),
        published_guessed=False,
        language="ru",
        feed=None,
        text_from="full",
        outlet=outlet,
    )


def annotate(article):
    document = Document(id=article.url, url=article.url, published="2026-11-10", title=article.title, text=article.text)
    body = document.body
    tokens = tuple(
        Token(start=found.start(), stop=found.end(), text=found[0], lemma=_morphology().lemma(found[0]))
        for found in WORD.finditer(body)
    )
    ends = [0, *(found.end() for found in re.finditer(r"[.!?](?=\s|$)|\n\n", body)), len(body)]
    sentences = tuple(
        Sentence(
            start=start,
            stop=stop,
            tokens=tuple(token for token in tokens if start <= token.start < stop),
            depth=Depth.TOKENS,
        )
        for start, stop in pairwise(ends)
        if start < stop
    )
    names = (
        ("Узбекистан", "LOC", "UZ"),
        ("Азербайджан", "LOC", "AZ"),
        ("Ташкент", "LOC", "UZ"),
        ("Сенат", "ORG", None),
    )
    entities = tuple(
        Entity(type=kind, start=at, stop=at + len(name), text=name, normal=name, ref=ref)
        for name, kind, ref in names
        if (at := body.find(name)) >= 0
    )
    return Annotated(document=document, body=body, sentences=sentences, entities=entities, references=())


def _sentence(annotated, words):
    at = annotated.body.index(words)
    start = max(annotated.body.rfind("\n", 0, at), annotated.body.rfind(". ", 0, at) + 1) + 1
    stop = annotated.body.find(".", at) + 1 or len(annotated.body)
    return (start, stop), (at, at + len(words))


def _events(number, annotated):
    if number == 0:
        talks, trigger = _sentence(annotated, "провёл переговоры")
        signed, document = _sentence(annotated, "подписали соглашение")
        return (
            Summit(triggers=(trigger,), kind="talks", status="held", place="Баку", country="AZ", start="2026-11-10",
                   end="2026-11-10", states=("AZ", "UZ"), topics=("energy",), confidence=0.9, evidence=(talks,)),
        ), (
            Agreement(triggers=(document,), kind="agreement", status="signed", date="2026-11-10", place="Баку",
                      country="AZ", states=("AZ", "UZ"), organizations=("SOCAR",), subject="о поставках газа",
                      amount=Amount(value=300e6, currency="USD"), topics=("energy",), confidence=0.91,
                      evidence=(signed,), why=(Why(slot="status", value="signed", rule="verb", span=document),)),
        )  # fmt: skip
    if number == 1:
        ratified, document = _sentence(annotated, "Сенат Узбекистана одобрил")
        return (), (
            Agreement(triggers=(document,), kind="agreement", status="ratified", date="2026-11-12",
                      states=("AZ", "UZ"), subject="о поставках газа", topics=("energy",), confidence=0.8,
                      evidence=(ratified,)),
        )  # fmt: skip
    if number == 2:
        summit, trigger = _sentence(annotated, "саммит глав тюркских государств")
        return (
            Summit(triggers=(trigger,), kind="summit", status="planned", name="Саммит тюркских государств",
                   place="Ташкент", country="UZ", start="2026-12-12", end="2026-12-13", states=("UZ", "KZ", "TR"),
                   organizations=("ОТГ",), topics=("transport",), confidence=0.95, evidence=(summit,)),
        ), ()  # fmt: skip
    if number == 4:
        promised, trigger = _sentence(annotated, "Договор обещали подписать")
        return (), (
            Agreement(triggers=(trigger,), kind="treaty", status="planned", date="2026-05", states=("KG", "TJ"),
                      subject="<img src=x onerror=alert(1)>", confidence=0.6, evidence=(promised,)),
        )  # fmt: skip
    return (), ()


def fill(store):
    """Fill an empty database: five articles of two outlets, two meetings, two agreements with three steps."""
    archive.save_feeds(store, [FEED])
    run = archive.start_run(store, "run", now=NOW, code_version="0.1.0")
    articles = [_article(text) for text in TEXTS]
    archive.save_reading(
        store, run, archive.Reading(feed=FEED, fetched_at=NOW, outcome=Outcome.OK, articles=tuple(articles), entries=5)
    )
    found = []
    for number, article in enumerate(articles):
        annotated = annotate(article)
        summits, agreements = _events(number, annotated)
        topics = {"energy": 0.9 if number < 2 else 0.1, "transport": 0.7 if number == 2 else 0.1, "culture": 0.2}
        found.append(
            (
                number + 1,
                sum_up(annotated, topics=topics, summits=summits, agreements=agreements, model_version="test"),
            )
        )
    save_understood(store, found, now=NOW)
    _resolve(store)
    archive.finish_run(store, run, now=NOW, exit_code=0, counts={"new": 5, "understood": 5}, model="test")


def _resolve(store):
    made = ("2026-11-10T06:20:00Z", "2026-11-20T05:00:00Z", "0.1.0+test")
    store.db.table("summits").insert_all(
        [
            _row("talks-AZ-UZ-2026-11-10", "talks", "held", None, "Баку", "AZ", "2026-11-10", "2026-11-10", made),
            _row("turkic-2026-12-12", "summit", "planned", "Саммит тюркских государств", "Ташкент", "UZ",
                 "2026-12-12", "2026-12-13", made),
        ]
    )  # fmt: skip
    for key, states in (("talks-AZ-UZ-2026-11-10", "AZ UZ"), ("turkic-2026-12-12", "KZ TR UZ")):
        for code in states.split():
            store.conn.execute(
                "INSERT INTO summit_participants (summit_id, kind, value) VALUES (?, 'state', ?)", [key, code]
            )
    store.conn.execute(
        "INSERT INTO summit_participants (summit_id, kind, value, sources) "
        "VALUES ('turkic-2026-12-12', 'organization', 'ОТГ', 1)"
    )
    store.conn.execute("INSERT INTO summit_topics VALUES ('talks-AZ-UZ-2026-11-10', 'energy')")
    store.conn.execute("UPDATE summit_mentions SET summit_id = 'talks-AZ-UZ-2026-11-10' WHERE article_id = 1")
    store.conn.execute("UPDATE summit_mentions SET summit_id = 'turkic-2026-12-12' WHERE article_id = 3")
    store.db.table("agreements").insert_all(
        [
            {"id": "AZ-UZ-agreement-2026-11-10", "base": "AZ-UZ", "kind": "agreement", "status": "ratified",
             "status_date": "2026-11-12", "subject": "о поставках газа", "place": "Баку", "country": "AZ",
             "amount": 300e6, "currency": "USD", "confidence": 0.9, "articles": 2, "sources": 2,
             "first_seen_at": made[0], "last_seen_at": "2026-11-12T09:00:00Z", "made_by": made[2]},
            {"id": "KG-TJ-treaty-2026-05", "base": "KG-TJ", "kind": "treaty", "status": "planned",
             "status_date": "2026-05",
             "subject": "<img src=x onerror=alert(1)>", "place": None, "country": None, "amount": None,
             "currency": None, "confidence": 0.6, "articles": 1, "sources": 1, "first_seen_at": made[0],
             "last_seen_at": made[0], "made_by": made[2]},
        ]
    )  # fmt: skip
    for key, states in (("AZ-UZ-agreement-2026-11-10", "AZ UZ"), ("KG-TJ-treaty-2026-05", "KG TJ")):
        for code in states.split():
            store.conn.execute(
                "INSERT INTO agreement_parties (agreement_id, kind, value) VALUES (?, 'state', ?)", [key, code]
            )
    store.conn.execute(
        "INSERT INTO agreement_parties (agreement_id, kind, value, sources) "
        "VALUES ('AZ-UZ-agreement-2026-11-10', 'organization', 'SOCAR', 1)"
    )
    store.conn.execute("INSERT INTO agreement_topics VALUES ('AZ-UZ-agreement-2026-11-10', 'energy')")
    for article, key in (
        (1, "AZ-UZ-agreement-2026-11-10"),
        (2, "AZ-UZ-agreement-2026-11-10"),
        (5, "KG-TJ-treaty-2026-05"),
    ):
        store.conn.execute("UPDATE agreement_mentions SET agreement_id = ? WHERE article_id = ?", [key, article])
    store.db.table("agreement_steps").insert_all(
        [
            _step("AZ-UZ-agreement-2026-11-10", "signed", "2026-11-10", 1),
            _step("AZ-UZ-agreement-2026-11-10", "ratified", "2026-11-12", 2),
            _step("KG-TJ-treaty-2026-05", "planned", "2026-05", 5),
        ]
    )
    store.db.table("summit_steps").insert_all(
        [
            {"summit_id": "turkic-2026-12-12", "step": "announced", "step_date": "2026-11-20", "value": "",
             "learned_at": "2026-11-20T05:00:00Z", "article_id": 3, "sources": 1},
            {"summit_id": "turkic-2026-12-12", "step": "date_named", "step_date": "2026-11-20", "value": "2026-12-12",
             "learned_at": "2026-11-20T05:00:00Z", "article_id": 3, "sources": 1},
        ]
    )  # fmt: skip
    for value, chosen, article in ((300e6, 1, 1), (30e6, 0, 2)):
        store.conn.execute(
            "INSERT INTO agreement_claims VALUES ('AZ-UZ-agreement-2026-11-10', 'amount', ?, 'conflict', ?, 1, 0, ?, "
            "'2026-11-12T09:00:00Z')",
            [f"{value:.0f} USD", chosen, article],
        )
    store.conn.execute(
        "INSERT INTO agreement_summits VALUES ('AZ-UZ-agreement-2026-11-10', 'talks-AZ-UZ-2026-11-10', 'signed_at', 1)"
    )
    store.conn.execute(
        "INSERT INTO trails VALUES ('agreement', 'old-name', 'AZ-UZ-agreement-2026-11-10', 'merged', '2026-11-12')"
    )
    store.conn.execute("UPDATE articles SET resolved_at = '2026-11-25T03:00:00Z'")


def _step(key, status, day, article):
    return {"agreement_id": key, "status": status, "step_date": day, "learned_at": "2026-11-12", "article_id": article,
            "sources": 1}  # fmt: skip


def _row(key, kind, status, name, place, country, start, end, made):  # noqa: PLR0917 - a row of a table
    return {"id": key, "base": key, "kind": kind, "status": status, "name": name, "place": place, "country": country,
            "start_date": start, "end_date": end, "confidence": 0.9, "articles": 1, "sources": 1,
            "first_seen_at": made[0], "last_seen_at": made[1], "made_by": made[2]}  # fmt: skip
