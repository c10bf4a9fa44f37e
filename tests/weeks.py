"""Weeks of news, written by hand, as rows of a database: an ordinary, an empty, a crowded and a dead one.

The week is 2026-W47, 16–22 November, in Tashkent; outlets and persons are invented, states and cities are not.
"""

from datetime import UTC, datetime, timedelta

from pipeline.records import Outcome
from pipeline.store.moments import write_moment

WEEK = "2026-W47"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 07:00 in Tashkent
OUTLETS = ("Каспий-Информ", "Степной курьер", "Вести Арала", "Тянь-Шань ньюс", "Голос Памира")


class Writer:
    """Writes news into a database: articles, what they tell, feeds and runs."""

    def __init__(self, store):
        self.store, self.articles, self.stories = store, 0, 0

    def article(self, day, title, *, outlet=0, text="", story=None, hour=8, feed=True, topics=(), url=None, **fields):
        self.articles += 1
        if story is None:
            self.stories += 1
            story = 1000 + self.stories
            self.store.conn.execute("INSERT INTO stories VALUES (?, ?, NULL)", [story, f"{day}T08:00:00Z"])
        row = {
            "id": self.articles,
            "url": url or f"https://news{outlet}.example/{day}/{self.articles}",
            "feed_id": outlet + 1 if feed else None,
            "outlet": OUTLETS[outlet],
            "title": title,
            "text": text,
            "published_at": f"{day}T{hour:02}:00:00Z",
            "published_on": day,
            "fetched_at": f"{day}T{hour:02}:30:00Z",
            "text_from": "full" if feed else "import",
            "content_hash": str(self.articles),
            "story_id": story,
            "understood_by": "test",
        } | fields
        self._insert("articles", row)
        for topic in ("energy", "transport", "culture"):
            row = {"article_id": self.articles, "topic": topic, "probability": 0.9 if topic in topics else 0.03}
            self._insert("article_topics", row)
        return self.articles

    def story_of(self, article):
        return self.store.value("SELECT story_id FROM articles WHERE id = ?", [article])

    def agreement(self, key, kind, subject, *, states=(), organizations=(), topics=(), steps=(), **fields):
        """Steps are (status, date or None, articles); the first article told of it first."""
        last = steps[-1]
        articles = [article for step in steps for article in step[2]]
        row = {
            "id": key,
            "kind": kind,
            "status": last[0],
            "status_date": last[1],
            "subject": subject,
            "confidence": 0.9,
            "articles": len(articles),
            "sources": len(last[2]),
            "first_seen_at": "2026-11-01T00:00:00Z",
            "last_seen_at": "2026-11-20T00:00:00Z",
            "made_by": "test",
        } | fields
        self._insert("agreements", row)
        self._parties("agreement", key, {"state": states, "organization": organizations}, topics)
        for status, date, told in steps:
            step = {
                "agreement_id": key,
                "status": status,
                "step_date": date or "",
                "learned_at": self.store.value("SELECT published_at FROM articles WHERE id = ?", [told[0]]),
                "article_id": told[0],
                "sources": len({self.story_of(article) for article in told}),
            }
            self._insert("agreement_steps", step)
            for article in told:
                row = {"article_id": article, "agreement_id": key, "kind": kind, "status": status, "status_date": date}
                self._mention("agreement", row | {"subject": subject})

    def summit(self, key, kind, *, name=None, states=(), organizations=(), persons=(), topics=(), told=(), **fields):
        """What was told, oldest first: (status, start, end, articles)."""
        last = told[-1]
        row = {
            "id": key,
            "kind": kind,
            "status": last[0],
            "name": name,
            "start_date": last[1],
            "end_date": last[2],
            "confidence": 0.9,
            "articles": sum(len(each[3]) for each in told),
            "sources": len(last[3]),
            "first_seen_at": "2026-11-01T00:00:00Z",
            "last_seen_at": "2026-11-20T00:00:00Z",
            "made_by": "test",
        } | fields
        self._insert("summits", row)
        sides = {"state": states, "organization": organizations, "person": persons}
        self._parties("summit", key, sides, topics)
        for status, start, end, articles in told:
            for article in articles:
                row = {"article_id": article, "summit_id": key, "kind": kind, "status": status, "name": name}
                self._mention("summit", row | {"start_date": start, "end_date": end})

    def names(self, article, *, persons=(), states=()):
        for kind, name, ref in [*(("PER", each, "") for each in persons), *(("LOC", each, each) for each in states)]:
            self.store.conn.execute(
                "INSERT OR IGNORE INTO entities (type, name, ref) VALUES (?, ?, ?)", [kind, name, ref]
            )
            entity = self.store.value(
                "SELECT id FROM entities WHERE type = ? AND name = ? AND ref = ?", [kind, name, ref]
            )
            count = self.store.value("SELECT count(*) FROM entity_mentions WHERE article_id = ?", [article])
            row = {"article_id": article, "entity_id": entity, "start": 10 * count, "stop": 10 * count + 5}
            self._insert("entity_mentions", row)

    def feeds(self, *, silent=(), gaps=()):
        for number, name in enumerate(OUTLETS, start=1):
            self._insert("feeds", {"id": number, "name": name, "url": f"https://news{number - 1}.example/rss"})
            for day in range(9, 23):
                ok = name not in silent or day < 19
                row = {
                    "feed_id": number,
                    "fetched_at": f"2026-11-{day:02}T22:00:00Z",
                    "outcome": Outcome.OK.value if ok else Outcome.FAILED.value,
                    "gap": int(name in gaps and day == 20),
                    "error": None if ok else "сервер отвечает ошибкой 503",
                }
                if name not in silent or day < 16 or not ok:
                    self._insert("fetches", row)

    def runs(self, *, days=range(15, 23)):
        for day in days:
            ended = datetime(2026, 11, day, 22, 30, tzinfo=UTC)
            row = {
                "command": "run",
                "started_at": write_moment(ended - timedelta(minutes=30)),
                "finished_at": write_moment(ended),
                "exit_code": 0,
                "code_version": "test",
            }
            self._insert("runs", row)

    def _parties(self, family, key, sides, topics):
        table = {"summit": "summit_participants", "agreement": "agreement_parties"}[family]
        for kind, values in sides.items():
            for value in values:
                self._insert(table, {f"{family}_id": key, "kind": kind, "value": value})
        for topic in topics:
            self._insert(f"{family}_topics", {f"{family}_id": key, "topic": topic})

    def _mention(self, family, row):
        self._insert(f"{family}_mentions", row | {"confidence": 0.9, "made_by": "test"})
        mention = self.store.value(f"SELECT max(id) FROM {family}_mentions")
        title, text = self.store.conn.execute(
            "SELECT title, text FROM articles WHERE id = ?", [row["article_id"]]
        ).fetchone()
        start = len(title) + 2 if text else 0
        stop = start + (text.find(".") + 1 if "." in text else len(text)) if text else len(title)
        evidence = {"mention_id": mention, "position": 0, "slot": "sentence", "start": start, "stop": stop}
        self._insert(f"{family}_mention_evidence", evidence)

    def _insert(self, table, row):
        marks = ", ".join("?" * len(row))
        self.store.conn.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def background(news, *, this_week=40, before=36):
    """Other news of this and the last week, so that the charts have something to show."""
    topics = (("energy",), ("transport",), ("culture",), ("energy", "transport"), ())
    for number in range(before):
        news.article(f"2026-11-{9 + number % 7:02}", f"Новость {number}", outlet=number % 4, topics=topics[number % 4])
    for number in range(this_week):
        news.article(
            f"2026-11-{16 + number % 7:02}", f"Сообщение {number}", outlet=number % 4, topics=topics[number % 5]
        )
    for weeks in range(2, 8):
        day = datetime(2026, 11, 18, tzinfo=UTC) - timedelta(weeks=weeks)
        for number in range(28 + 3 * (weeks % 3)):
            news.article(f"{day:%Y-%m-%d}", f"Старая новость {number}", outlet=number % 4, topics=topics[number % 5])


def ordinary(store):
    """Write a week with a move, five steps, three meetings, one of them held with an outcome."""
    news = Writer(store)
    with store.transaction():
        news.feeds(silent=("Голос Памира",), gaps=("Вести Арала",))
        news.runs()
        background(news)
        _meetings(news)
        _agreements(news)
    return news


def _meetings(news):
    planned = news.article("2026-11-03", "Главы государств обсудят воду и энергетику в Самарканде", outlet=1)
    moved = news.article(
        "2026-11-19",
        "Саммит в Самарканде сдвинули на неделю",
        topics=("energy",),
        text="Саммит глав государств по водно-энергетическому сотрудничеству перенесён на 12–13 декабря, "
        "сообщила пресс-служба. Причину не назвали.",
    )
    again = news.article("2026-11-19", "Встреча по воде пройдёт на неделю позже", outlet=1, hour=11)
    reprint = news.article("2026-11-20", "Саммит в Самарканде сдвинули", outlet=2, story=news.story_of(moved))
    central = ("KZ", "KG", "TJ", "TM", "UZ")
    news.summit(
        "summit-2026-12-water",
        "summit",
        name="Саммит глав государств по водно-энергетическому сотрудничеству",
        states=central,
        persons=("Темур Рахимов",),
        topics=("energy",),
        place="Самарканд",
        country="UZ",
        told=[
            ("planned", "2026-12-05", "2026-12-06", [planned]),
            ("planned", "2026-12-12", "2026-12-13", [moved, again, reprint]),
        ],
    )
    ports = news.article(
        "2026-11-20", "Министры обсудят тарифы на паромы", text="Министры транспорта встретятся в Актау 27 ноября."
    )
    news.summit(
        "talks-2026-11-ports",
        "council",
        name="Встреча министров транспорта стран Срединного коридора",
        states=("AZ", "GE", "KZ", "TR"),
        topics=("transport",),
        place="Актау",
        country="KZ",
        told=[("planned", "2026-11-27", None, [ports])],
    )
    forum = [
        news.article("2026-11-18", "Форум министров культуры открылся в Бишкеке", outlet=2, topics=("culture",)),
        news.article("2026-11-19", "Бишкекская декларация: семь пунктов", outlet=3, topics=("culture",)),
    ]
    news.summit(
        "forum-2026-11-culture",
        "forum",
        name="Форум министров культуры тюркских государств",
        states=("AZ", "KZ", "KG", "TR", "UZ"),
        topics=("culture",),
        place="Бишкек",
        country="KG",
        told=[("ongoing", "2026-11-18", None, forum[:1]), ("held", "2026-11-18", "2026-11-19", forum[1:])],
    )
    talks = news.article("2026-11-17", "Баку и Ташкент сверили графики поставок", outlet=1, topics=("energy",))
    news.summit(
        "talks-2026-11-az-uz", "talks", states=("AZ", "UZ"), told=[("held", "2026-11-17", "2026-11-17", [talks])]
    )
    late = news.article("2026-11-16", "Две недели назад делегации встретились в Ереване", outlet=3)
    news.summit(
        "talks-2026-11-am-ge",
        "talks",
        states=("AM", "GE"),
        place="Ереван",
        country="AM",
        told=[("held", "2026-11-05", "2026-11-05", [late])],
    )
    due = news.article("2026-11-10", "Комиссия соберётся в Душанбе 18 ноября", outlet=3)
    news.summit(
        "council-2026-11-tj-kg",
        "council",
        name="Заседание межправительственной комиссии",
        states=("TJ", "KG"),
        place="Душанбе",
        country="TJ",
        told=[("planned", "2026-11-18", None, [due])],
    )
    for article, persons, states in (
        (moved, ("Темур Рахимов", "Айгуль Сатыбалдина"), ("UZ", "KZ", "KG")),
        (again, ("Темур Рахимов",), ("UZ",)),
        (ports, ("Нино Беридзе",), ("KZ", "GE", "AZ")),
        (forum[0], ("Айгуль Сатыбалдина",), ("KG", "KZ", "TR")),
        (planned, ("Темур Рахимов",), ("UZ",)),
    ):
        news.names(article, persons=persons, states=states)


def _agreements(news):
    agreed = news.article("2026-10-03", "Параметры соглашения энергосистем согласованы", outlet=1)
    signed = [
        news.article(
            "2026-11-20",
            "Энергетики трёх стран поставили подписи",
            outlet=1,
            topics=("energy",),
            text="Казахстан, Киргизия и Узбекистан подписали соглашение о параллельной работе энергосистем. "
            "Документ рассчитан на пять лет.",
        ),
        news.article("2026-11-20", "Соглашение энергосистем подписано", outlet=0, hour=12),
        news.article("2026-11-21", "Три энергосистемы заработают вместе", outlet=2),
    ]
    news.agreement(
        "agreement-kg-kz-uz-2026",
        "agreement",
        "о параллельной работе энергосистем",
        states=("KZ", "KG", "UZ"),
        topics=("energy",),
        steps=[("agreed", "2026-10-03", [agreed]), ("signed", "2026-11-20", signed)],
    )
    talks = news.article("2026-09-10", "Единый тариф: переговоры идут", outlet=3)
    stopped = news.article("2026-11-17", "Переговоры о тарифе поставили на паузу", topics=("transport",))
    news.agreement(
        "agreement-az-ge-kz-2026",
        "agreement",
        "о едином тарифе на контейнерные перевозки",
        states=("AZ", "GE", "KZ"),
        topics=("transport",),
        steps=[("planned", None, [talks]), ("terminated", "2026-11-17", [stopped])],
    )
    exchange = news.article("2026-11-19", "Бишкек и Анкара согласовали обмены", outlet=3, topics=("culture",))
    news.agreement(
        "roadmap-kg-tr-2026",
        "roadmap",
        "программа культурных обменов на 2027–2029 годы",
        states=("KG", "TR"),
        topics=("culture",),
        steps=[("signed", "2026-11-19", [exchange])],
    )
    road = news.article("2026-06-01", "Договор о дороге через перевал подписан", outlet=1)
    ratified = [
        news.article("2026-11-18", "Парламент одобрил договор о дороге", outlet=3, topics=("transport",)),
        news.article("2026-11-18", "Депутаты поддержали дорогу через перевал", outlet=1, hour=10),
    ]
    news.agreement(
        "treaty-cn-kg-uz-2026",
        "treaty",
        "о строительстве железной дороги через перевал",
        states=("CN", "KG", "UZ"),
        topics=("transport",),
        amount=4.6e9,
        currency="USD",
        steps=[("signed", "2026-06-01", [road]), ("ratified", "2026-11-18", ratified)],
    )
    visa = news.article("2026-11-21", "Стороны готовят соглашение о визах к 5 декабря", outlet=1)
    news.agreement(
        "agreement-tj-uz-visa",
        "agreement",
        "о взаимных поездках граждан",
        states=("TJ", "UZ"),
        steps=[("planned", "2026-12-05", [visa])],
    )
    old = news.article("2026-11-18", "Напомним, договор о границе действует с 2002 года", outlet=2)
    news.agreement(
        "treaty-kz-uz-2002", "treaty", "о границе", states=("KZ", "UZ"), steps=[("in_force", "2002-09-09", [old])]
    )


def crowded(store, *, agreements=40, meetings=25):
    """Write a week with far more than a letter can tell in full."""
    news = Writer(store)
    kinds = ("agreement", "memorandum", "treaty", "protocol", "declaration", "roadmap", "contract", "understanding")
    statuses = ("signed", "agreed", "planned", "ratified", "in_force", "terminated")
    states = ("KZ", "KG", "TJ", "TM", "UZ", "AZ", "AM", "GE", "RU", "TR", "CN", "IR", "BY", "PK")
    with store.transaction():
        news.feeds()
        news.runs()
        background(news, this_week=120)
        for number in range(agreements):
            pair = (states[number % 14], states[(3 * number + 1) % 14])
            day = f"2026-11-{16 + number % 7:02}"
            title = f"Стороны сообщили о документе номер {number + 1}, который касается грузов, энергии и обменов"
            told = [news.article(day, title, outlet=each, topics=("energy",)) for each in range(1 + number % 4)]
            status = statuses[number % 6]
            date = "2026-12-10" if status == "planned" else day
            news.agreement(
                f"a-{number:02}",
                kinds[number % 8],
                f"о порядке совместной работы номер {number + 1} в приграничных областях и на переходах двух стран",
                states=pair if pair[0] != pair[1] else (pair[0], "MN"),
                topics=("energy",) if number % 2 else ("transport",),
                steps=[(status, date, told)],
            )
        for number in range(meetings):
            day = f"2026-11-{16 + number % 7:02}"
            told = [news.article(day, f"Делегации двух стран: встреча номер {number + 1}", outlet=number % 4)]
            held = number % 2
            start = day if held else f"2026-12-{1 + number:02}"
            news.summit(
                f"m-{number:02}",
                ("talks", "council", "forum", "summit")[number % 4],
                states=(states[number % 14], states[(number + 1 + number % 5) % 14]),
                place="Ташкент",
                country="UZ",
                told=[("held" if held else "planned", start, start if held else None, told)],
            )
            news.names(told[0], persons=(f"Участник Номер{number % 9}",), states=(states[number % 14], "UZ"))
    return news


def empty(store):
    """Write a week in which the feeds were read and nothing of ours happened."""
    news = Writer(store)
    with store.transaction():
        news.feeds()
        news.runs()
        background(news)
    return news


def dead(store):
    """Write a week in which no feed answered."""
    news = Writer(store)
    with store.transaction():
        news.feeds()
        store.conn.execute("DELETE FROM fetches WHERE fetched_at >= '2026-11-15'")
    return news
