"""What people see: views whose names and columns are Russian, and the words that they need."""

from __future__ import annotations

from pipeline.settings import shipped

WORDS = """
CREATE TABLE states (
  -- a state and its Russian name as this desk writes it; names may be changed
  code TEXT PRIMARY KEY, -- ISO 3166 alpha-2
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE words (
  -- a word of a closed list and how it is written in Russian
  list TEXT NOT NULL, -- summit_kind, summit_status, summit_step, agreement_kind, agreement_status, outcome …
  word TEXT NOT NULL,
  title TEXT NOT NULL,
  position INTEGER NOT NULL, -- in the order of the list
  PRIMARY KEY (list, word)
) STRICT, WITHOUT ROWID;
"""

VIEWS = """
CREATE VIEW "Саммиты" AS
-- real meetings, for people: all names in Russian
SELECT
  summits.id AS "Код",
  coalesce(summits.name, kind.title || coalesce(': ' || (
    SELECT group_concat(name, ', ') FROM (
      SELECT coalesce(states.name, value) AS name FROM summit_participants LEFT JOIN states ON code = value
      WHERE summit_id = summits.id AND kind = 'state' ORDER BY 1)), '')) AS "Встреча",
  kind.title AS "Вид",
  status.title AS "Статус",
  start_date AS "Начало",
  end_date AS "Конец",
  place AS "Место",
  country.name AS "Страна",
  (SELECT group_concat(name, ', ') FROM (
    SELECT coalesce(states.name, value) AS name FROM summit_participants LEFT JOIN states ON code = value
    WHERE summit_id = summits.id AND kind = 'state' ORDER BY 1)) AS "Государства",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM summit_participants WHERE summit_id = summits.id AND kind = 'person' ORDER BY 1)) AS "Лица",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM summit_participants
    WHERE summit_id = summits.id AND kind = 'organization' ORDER BY 1)) AS "Организации",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM summit_topics JOIN topics ON topics.name = topic
    WHERE summit_id = summits.id ORDER BY 1)) AS "Темы",
  articles AS "Статей",
  sources AS "Независимых источников",
  round(confidence, 2) AS "Уверенность",
  first_seen_at AS "Впервые сообщено",
  last_seen_at AS "Последнее сообщение"
FROM summits
JOIN words AS kind ON kind.list = 'summit_kind' AND kind.word = summits.kind
JOIN words AS status ON status.list = 'summit_status' AND status.word = summits.status
LEFT JOIN states AS country ON country.code = summits.country;

CREATE VIEW "Соглашения" AS
-- real agreements, for people: all names in Russian
SELECT
  agreements.id AS "Код",
  coalesce(agreements.title, kind.title || coalesce(CASE
    WHEN substr(subject, 1, instr(subject, ' ')) IN ('о ', 'об ', 'по ', 'в ', 'на ', 'между ', 'с ', 'для ') THEN ' '
    ELSE ': ' END || subject, '')) AS "Соглашение",
  kind.title AS "Вид",
  status.title AS "Статус",
  status_date AS "Дата статуса",
  subject AS "Предмет",
  (SELECT group_concat(name, ', ') FROM (
    SELECT coalesce(states.name, value) AS name FROM agreement_parties LEFT JOIN states ON code = value
    WHERE agreement_id = agreements.id AND kind = 'state' ORDER BY 1)) AS "Государства",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM agreement_parties
    WHERE agreement_id = agreements.id AND kind = 'organization' ORDER BY 1)) AS "Организации",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM agreement_parties WHERE agreement_id = agreements.id AND kind = 'person' ORDER BY 1)) AS "Лица",
  place AS "Место",
  country.name AS "Страна",
  amount AS "Сумма",
  currency AS "Валюта",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM agreement_topics JOIN topics ON topics.name = topic
    WHERE agreement_id = agreements.id ORDER BY 1)) AS "Темы",
  articles AS "Статей",
  sources AS "Независимых источников",
  round(confidence, 2) AS "Уверенность",
  first_seen_at AS "Впервые сообщено",
  last_seen_at AS "Последнее сообщение"
FROM agreements
JOIN words AS kind ON kind.list = 'agreement_kind' AND kind.word = agreements.kind
JOIN words AS status ON status.list = 'agreement_status' AND status.word = agreements.status
LEFT JOIN states AS country ON country.code = agreements.country;

CREATE VIEW "Шаги соглашений" AS
-- how far each agreement has come: its dated steps, each with the article that told of it first
SELECT
  agreement_id AS "Код",
  coalesce(agreements.title, kind.title || coalesce(CASE
    WHEN substr(agreements.subject, 1, instr(agreements.subject, ' ')) IN
      ('о ', 'об ', 'по ', 'в ', 'на ', 'между ', 'с ', 'для ') THEN ' '
    ELSE ': ' END || agreements.subject, '')) AS "Соглашение",
  status.title AS "Шаг",
  nullif(step_date, '') AS "Дата",
  learned_at AS "Стало известно",
  agreement_steps.sources AS "Независимых источников",
  articles.outlet AS "Издание",
  articles.title AS "Заголовок",
  coalesce(articles.link, articles.url) AS "Ссылка",
  status.position AS "Ступень"
FROM agreement_steps
JOIN agreements ON agreements.id = agreement_id
JOIN articles ON articles.id = article_id
JOIN words AS kind ON kind.list = 'agreement_kind' AND kind.word = agreements.kind
JOIN words AS status ON status.list = 'agreement_status' AND status.word = agreement_steps.status;

CREATE VIEW "Статьи" AS
-- articles, for people: where and when they were published and what they are about
SELECT
  articles.id AS "Номер",
  published_at AS "Опубликовано",
  coalesce(nullif(outlet, ''), feeds.name, '') AS "Издание",
  articles.title AS "Заголовок",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM article_topics JOIN topics ON topics.name = topic
    WHERE article_id = articles.id AND probability >= threshold ORDER BY probability DESC)) AS "Темы",
  articles.origin AS "Первоисточник",
  articles.language AS "Язык",
  length(articles.text) AS "Знаков",
  coalesce(link, articles.url) AS "Ссылка",
  story_id AS "Сюжет",
  articles.text AS "Текст"
FROM articles LEFT JOIN feeds ON feeds.id = feed_id;

CREATE VIEW "Предстоящие встречи" AS
-- meetings that are planned or go on, from today
SELECT "Саммиты".*, "Начало" IS NULL AS "Дата неизвестна"
FROM "Саммиты" JOIN summits ON summits.id = "Код"
WHERE status IN ('planned', 'ongoing')
  AND (start_date IS NULL AND last_seen_at >= date('now', '-60 days')
    OR coalesce(end_date, start_date) || '~' >= date('now'))
ORDER BY start_date IS NULL, start_date;

CREATE VIEW "Просроченное" AS
-- promises whose day has passed without word of them, and treaties that were signed half a year ago and not ratified
SELECT
  'встреча' AS "Что",
  "Код",
  "Встреча" AS "Название",
  'должна была состояться' AS "Чего ждали",
  day AS "Срок",
  CAST(julianday(date('now')) - julianday(day) AS INTEGER) AS "Дней прошло",
  "Государства",
  "Последнее сообщение"
FROM (SELECT id, CASE length(coalesce(end_date, start_date))
    WHEN 10 THEN coalesce(end_date, start_date)
    WHEN 7 THEN date(coalesce(end_date, start_date) || '-01', '+1 month', '-1 day')
    WHEN 4 THEN coalesce(end_date, start_date) || '-12-31' END AS day
  FROM summits WHERE status = 'planned') JOIN "Саммиты" ON "Код" = id
WHERE day < date('now')
UNION ALL
SELECT
  'соглашение', "Код", "Соглашение",
  CASE status WHEN 'signed' THEN 'ратификация или вступление в силу' ELSE 'подписание' END,
  day,
  CAST(julianday(date('now')) - julianday(day) AS INTEGER),
  "Государства",
  "Последнее сообщение"
FROM (SELECT id, status, CASE length(status_date)
    WHEN 10 THEN status_date
    WHEN 7 THEN date(status_date || '-01', '+1 month', '-1 day')
    WHEN 4 THEN status_date || '-12-31' END AS day
  FROM agreements
  WHERE status = 'planned' OR status = 'signed' AND kind IN ('treaty', 'agreement')
    AND 1 < (SELECT count(*) FROM agreement_parties WHERE agreement_id = id AND agreement_parties.kind = 'state')
  ) JOIN "Соглашения" ON "Код" = id
WHERE day < CASE status WHEN 'signed' THEN date('now', '-180 days') ELSE date('now') END;

CREATE VIEW "Подтверждения" AS
-- every source sentence of every meeting and agreement, with the article it stands in
SELECT
  'встреча' AS "Что",
  summit_id AS "Код",
  substr(articles.title || char(10) || char(10) || articles.text, start + 1, stop - start) AS "Предложение",
  coalesce(nullif(outlet, ''), feeds.name, '') AS "Издание",
  published_at AS "Опубликовано",
  articles.title AS "Заголовок",
  coalesce(link, articles.url) AS "Ссылка",
  made_by AS "Версия"
FROM summit_mentions
JOIN summit_mention_evidence ON mention_id = summit_mentions.id AND slot = 'sentence'
JOIN articles ON articles.id = article_id
LEFT JOIN feeds ON feeds.id = feed_id
UNION ALL
SELECT
  'соглашение', agreement_id,
  substr(articles.title || char(10) || char(10) || articles.text, start + 1, stop - start),
  coalesce(nullif(outlet, ''), feeds.name, ''), published_at, articles.title, coalesce(link, articles.url), made_by
FROM agreement_mentions
JOIN agreement_mention_evidence ON mention_id = agreement_mentions.id AND slot = 'sentence'
JOIN articles ON articles.id = article_id
LEFT JOIN feeds ON feeds.id = feed_id;
"""

# How the closed lists are written in Russian; an agreement's status in the neuter of «соглашение».
TITLES = {
    "summit_kind": {"summit": "саммит", "talks": "переговоры", "council": "заседание", "forum": "форум"},
    "summit_status": {
        "planned": "предстоит", "ongoing": "идёт", "held": "состоялась", "cancelled": "отменена или перенесена",
    },
    "summit_step": {
        "announced": "объявлена", "date_named": "названа дата", "moved": "перенесена", "opened": "началась",
        "held": "состоялась", "cancelled": "отменена или отложена",
    },
    "agreement_kind": {
        "treaty": "договор", "agreement": "соглашение", "memorandum": "меморандум", "protocol": "протокол",
        "declaration": "декларация", "roadmap": "дорожная карта", "contract": "контракт",
        "understanding": "договорённость",
    },
    "agreement_status": {
        "planned": "готовится", "agreed": "согласовано", "signed": "подписано", "ratified": "ратифицировано",
        "in_force": "вступило в силу", "terminated": "прекращено",
    },
    "outcome": {
        "ok": "прочитана", "not_modified": "без изменений", "not_due": "ещё не время", "failed": "не прочитана",
        "gone": "закрыта",
    },
    "text_from": {
        "full": "полный текст в ленте", "lead": "вводка", "title": "только заголовок", "page": "страница издания",
        "import": "архив",
    },
    "party": {"state": "государство", "person": "лицо", "organization": "организация"},
}  # fmt: skip

NO_STATES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # codes of CLDR that stand for no single state or territory


def state_names() -> list[tuple[str, str]]:
    """Give every state its Russian name: that of the gazetteer, for the few that it leaves out that of CLDR."""
    from babel import Locale

    from pipeline.gazetteer import short_names

    names = {
        code: name
        for code, name in Locale("ru").territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_STATES  # noqa: PLR2004 - alpha-2
    }
    return sorted((names | {"SU": "СССР"} | short_names(shipped("models/gazetteer"))).items())
