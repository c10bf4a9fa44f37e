"""`make docs`: db/datasette.yaml, the metadata with which Datasette speaks Russian, out of schema and saved questions.

Every table, view and column has a description here; a test fails where one is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from pipeline.store.publishing import PRIVATE
from pipeline.store.schema import read_schema

HOME = Path(__file__).resolve().parent.parent
TARGET = HOME / "db" / "datasette.yaml"

TABLES = {
    "states": "Государства: код и русское название",
    "words": "Слова закрытых списков и как они пишутся по-русски",
    "runs": "Запуски программы",
    "feeds": "Ленты изданий и что их серверы ответили в последний раз",
    "fetches": "Попытки прочитать ленту",
    "page_fetches": "Попытки взять полный текст со страницы издания",
    "stories": "Сюжеты: один текст у разных изданий",
    "articles": "Статьи, каждая один раз",
    "article_versions": "Прежние тексты переписанных статей",
    "article_sightings": "В каких лентах статья появлялась",
    "imports": "Загруженные архивы и докуда они загружены",
    "article_search": "Указатель для поиска по словарным формам",
    "word_forms": "Формы слов и их словарные формы в указателе",
    "topics": "Темы",
    "article_topics": "Вероятность темы для статьи",
    "topic_days": "Сколько статей темы вышло за день",
    "entities": "Лица, места и организации",
    "entity_mentions": "Где статья называет лицо, место или организацию",
    "summits": "Встречи, каждая один раз",
    "summit_mentions": "Встреча, как о ней говорит одна статья",
    "summit_keys": "Ключи, по которым упоминания одной встречи находят друг друга",
    "summit_mention_values": "Участники и темы упомянутой встречи",
    "summit_mention_evidence": "Слова статьи, на которых держится упоминание",
    "summit_participants": "Участники встреч",
    "summit_steps": "История встречи: объявлена, названа дата, перенесена, состоялась",
    "summit_claims": "Что источники говорят о поле встречи; расхождения сохранены",
    "summit_margins": "Встречи на полях других встреч",
    "summit_topics": "Темы встреч",
    "agreements": "Соглашения, каждое один раз",
    "agreement_mentions": "Соглашение, как о нём говорит одна статья",
    "agreement_keys": "Ключи, по которым упоминания одного соглашения находят друг друга",
    "agreement_mention_values": "Стороны и темы упомянутого соглашения",
    "agreement_mention_evidence": "Слова статьи, на которых держится упоминание",
    "agreement_parties": "Стороны соглашений",
    "agreement_topics": "Темы соглашений",
    "agreement_steps": "Шаги соглашений с датами, каждый с первым источником",
    "agreement_claims": "Что источники говорят о поле соглашения; расхождения сохранены",
    "agreement_summits": "На какой встрече соглашение сделало шаг",
    "agreement_changes": "Соглашения, которые меняют или выполняют более ранние",
    "trails": "Прежние коды записей и куда они ведут",
    "doubles": "Записи, которые, возможно, говорят об одном",
    "corrections": "Правки редакции",
    "correction_anchors": "Упоминания, к которым относятся правки",
    "digests": "Выпуски сводки",
    "alert_rules": "Правила оповещений",
    "Саммиты": "Встречи с русскими названиями",
    "Соглашения": "Соглашения с русскими названиями",
    "Шаги соглашений": "Как далеко продвинулось каждое соглашение",
    "Статьи": "Статьи с темами и изданиями",
    "Предстоящие встречи": "Что запланировано с сегодняшнего дня",
    "Просроченное": "Обещания, день которых прошёл без сообщения",
    "Подтверждения": "Каждое предложение-источник каждой записи",
}
COLUMNS = {
    "action": "что сделано: merge, split, set, reject",
    "address": "адрес",
    "agreement_id": "соглашение",
    "amount": "сумма",
    "article_id": "статья, которая сказала об этом (первой)",
    "articles": "сколько статей",
    "at": "когда",
    "author": "автор",
    "base": "код без номера, который различает двойников",
    "bytes": "размер, байт",
    "change": "что изменилось",
    "changed_articles": "переписанных статей",
    "changed_at": "когда изменилось",
    "changes": "что делает с более ранним соглашением: amends — меняет, carries_out — исполняет",
    "changes_treaty": "название того соглашения, если оно известное",
    "characters": "знаков",
    "chosen": "1: это значение принято",
    "code": "код ISO 3166 из двух букв",
    "code_version": "версия программы",
    "command": "команда",
    "component": "упоминания, которые разбираются вместе",
    "concerned": "1: так говорят только сами стороны",
    "confidence": "уверенность программы, от 0 до 1",
    "content": "содержание",
    "content_hash": "sha256 заголовка и текста",
    "content_type": "тип содержания",
    "correction_id": "правка",
    "country": "страна, код ISO",
    "created_at": "когда создано",
    "currency": "валюта, ISO 4217",
    "day": "день",
    "digest_id": "выпуск",
    "earlier_id": "более раннее соглашение",
    "enabled": "1: лента читается",
    "end_date": "конец: дата ISO или её начало",
    "ends_on": "последний день недели",
    "entity_id": "лицо, место или организация",
    "entries": "прочитано записей",
    "error": "что случилось",
    "error_kind": "вид ошибки",
    "etag": "метка, которую прислал сервер",
    "exit_code": "код завершения",
    "failing_since": "с какого времени не читается",
    "failures": "неудач (у ленты — подряд)",
    "family": "summit или agreement",
    "feed_id": "лента",
    "fetched_at": "когда прочитано",
    "field": "поле записи",
    "fingerprint": "отпечаток текста для поиска перепечаток",
    "finished_at": "когда закончено",
    "first_seen_at": "когда узнали впервые",
    "form": "слово, как оно написано: строчными, «ё» как «е»",
    "found_at": "когда найдено",
    "full_at": "когда взят полный текст",
    "gap": "1: между двумя чтениями что-то могло пропасть",
    "gone_at": "когда сервер сказал, что ленты больше нет",
    "guid": "идентификатор из ленты",
    "http_status": "ответ сервера",
    "id": "код или номер записи",
    "key": "ключ",
    "kind": "вид",
    "language": "язык",
    "last_article_id": "последняя статья, которая была известна",
    "last_modified": "время, которое прислал сервер",
    "last_ok_at": "когда удалось в последний раз",
    "last_seen_at": "последнее сообщение",
    "learned_at": "когда стало известно",
    "lemma": "словарная форма",
    "letter": "письмо",
    "line": "сколько строк загружено",
    "link": "ссылка, как её дала лента",
    "list": "список",
    "made_at": "когда сделано",
    "made_by": "версия программы и моделей",
    "main_id": "главная встреча",
    "mention_id": "упоминание",
    "model_version": "версия моделей",
    "moved_to": "новый адрес ленты",
    "name": "название или имя",
    "new_articles": "новых статей",
    "new_id": "новый код",
    "newest_at": "самая новая статья",
    "next_due_at": "раньше этого не спрашивать",
    "notes": "заметки о чтении",
    "old_id": "прежний код",
    "oldest_at": "самая старая статья",
    "one_id": "первая запись",
    "origin": "первоисточник, названный в тексте",
    "other_id": "вторая запись",
    "outcome": "чем кончилось",
    "outlet": "издание",
    "owner": "владелец",
    "person": "кто",
    "place": "город",
    "points": "насколько похожи",
    "position": "порядок",
    "probability": "вероятность",
    "published_at": "опубликовано, UTC",
    "published_guessed": "1: время публикации не названо, взято время чтения",
    "published_on": "день публикации там, где издание",
    "reason": "почему",
    "record_id": "код записи, какой он был тогда",
    "ref": "код государства или справочника; пусто — неизвестно",
    "relation": "связь",
    "resolved_at": "когда упоминания статьи сведены",
    "rule": "правило",
    "run_id": "запуск",
    "search_id": "строка в указателе article_search, по порядку публикации",
    "seconds": "секунд",
    "seen_at": "когда этот текст был заменён",
    "series": "орган или формат, который собирается, и его уровень",
    "sha256": "sha256 содержания",
    "side": "сторона правки",
    "since": "с какого времени",
    "skip_days": "дни, в которые лента просит не спрашивать",
    "skip_hours": "часы, в которые лента просит не спрашивать",
    "skipped": "записей, которые не удалось прочитать",
    "slot": "поле: states, persons, organizations, topics; trigger, sentence",
    "source": "sha256 архива",
    "sources": "независимых источников: перепечатки считаются за один",
    "start": "начало в тексте: знаков от начала заголовка",
    "start_date": "начало: дата ISO или её начало",
    "started_at": "когда начато",
    "starts_on": "понедельник недели",
    "status": "статус",
    "status_date": "дата последнего шага: ISO или её начало",
    "step": "шаг",
    "step_date": "когда это было; пусто — источники не говорят",
    "stop": "конец в тексте: знаков от начала заголовка",
    "story_id": "сюжет",
    "subject": "предмет",
    "summit_id": "встреча",
    "text": "текст",
    "text_from": "откуда текст: full, lead, title, page, import",
    "threshold": "с какой вероятности статья относится к теме",
    "timezone": "часовой пояс издания",
    "title": "заголовок или название",
    "topic": "тема",
    "treaty": "известный договор или место, по которому он назван",
    "trouble": "что не удалось разобрать",
    "ttl": "как часто лента просит спрашивать, минут",
    "type": "PER — лицо, LOC — место, ORG — организация",
    "understood": "разобрано статей",
    "understood_at": "когда разобрано",
    "understood_by": "версия, которая разобрала статью; пусто — ещё не разобрана",
    "undone_at": "когда правка отменена",
    "updated_at": "когда изменилось",
    "url": "адрес",
    "validators_url": "адрес, который прислал метки; другим они не показываются",
    "value": "значение: код ISO или имя",
    "verdict": "вывод: confirmed, majority, unique, conflict; person — решила редакция",
    "word": "слово списка",
    # the views
    "Вид": "вид: саммит, переговоры, договор, меморандум …",
    "Встреча": "название встречи, а если его нет — вид и участники",
    "Код": "код записи",
    "Версия": "версия программы и моделей",
    "Валюта": "валюта, ISO 4217",
    "Впервые сообщено": "когда узнали впервые, UTC",
    "Государства": "участники или стороны",
    "Дата": "когда шаг сделан; пусто — источники не говорят",
    "Дата неизвестна": "1: день ещё не назван",
    "Дата статуса": "дата последнего шага",
    "Дней прошло": "сколько дней прошло после срока",
    "Заголовок": "заголовок статьи",
    "Знаков": "длина текста, знаков",
    "Издание": "издание",
    "Конец": "последний день",
    "Лица": "кто участвует или подписал",
    "Место": "город",
    "Название": "название записи",
    "Начало": "первый день",
    "Независимых источников": "перепечатки считаются за один",
    "Номер": "номер статьи",
    "Опубликовано": "когда опубликовано, UTC",
    "Организации": "международные организации и компании",
    "Первоисточник": "издание, на которое ссылается текст",
    "Последнее сообщение": "когда сообщили в последний раз, UTC",
    "Предложение": "предложение-источник слово в слово",
    "Предмет": "о чём соглашение",
    "Соглашение": "название соглашения",
    "Срок": "день, который прошёл",
    "Ссылка": "адрес статьи",
    "Стало известно": "когда мы узнали, UTC",
    "Статей": "сколько статей об этом говорят",
    "Статус": "статус",
    "Страна": "где это происходит",
    "Ступень": "порядковый номер ступени",
    "Сумма": "сумма",
    "Сюжет": "статьи с одним текстом",
    "Текст": "текст статьи",
    "Темы": "темы",
    "Уверенность": "уверенность программы, от 0 до 1",
    "Чего ждали": "что должно было произойти",
    "Что": "встреча или соглашение",
    "Шаг": "шаг соглашения",
    "Язык": "язык статьи",
}
LABELS = {
    "states": "name",
    "feeds": "name",
    "articles": "title",
    "entities": "name",
    "topics": "title",
    "summits": "id",
}
HIDDEN = ("summit_keys", "agreement_keys", "correction_anchors", "summit_mention_values", "agreement_mention_values")
SORTED = {"Саммиты": "Начало", "Соглашения": "Дата статуса", "Статьи": "Опубликовано", "Просроченное": "Срок"}


def metadata() -> dict[str, object]:
    """Make the metadata; raise KeyError for a table or column without a description."""
    tables = {}
    for table in read_schema():
        if table.name in PRIVATE:
            continue
        entry: dict[str, object] = {
            "title": table.name,
            "description": TABLES[table.name],
            "columns": {column.name: COLUMNS[column.name] for column in table.columns},
        }
        entry |= {"label_column": LABELS[table.name]} if table.name in LABELS else {}
        entry |= {"sort_desc": SORTED[table.name]} if table.name in SORTED else {}
        entry |= {"hidden": True} if table.name in HIDDEN else {}
        tables[table.name] = entry
    return {
        "title": "Сводка",
        "description": "Кто с кем встречается и о чём договорились: из русскоязычных лент новостей.",
        "databases": {
            "news": {
                "description": "Виды с русскими названиями — для чтения, таблицы — для запросов.",
                "queries": dict(question(path) for path in sorted((HOME / "db" / "queries").glob("*.sql"))),
                "tables": {name: tables[name] for name in sorted(tables)}
                | {name: {"hidden": True} for name in PRIVATE},
            },
        },
    }


def question(path: Path) -> tuple[str, dict[str, object]]:
    """Read a saved question: "-- Title: description", then perhaps what its parameters mean, then SQL."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    title, _, description = said[0].partition(": ")
    sql = "\n".join(line for line in lines if not line.startswith("-- ")).rstrip(";")
    return path.stem, {
        "title": title,
        "description": "; ".join([description, *(line for line in said[1:] if not line.startswith(":today"))]),
        "sql": sql.replace("coalesce(:today, date('now'))", "date('now')"),  # a form sends "", which is no NULL
        "hide_sql": True,
    }


def written() -> str:
    """Write the metadata as YAML."""
    return "# Made by `make docs` from docs/datasette.py; do not edit.\n" + yaml.safe_dump(
        metadata(), allow_unicode=True, sort_keys=False, width=110
    )


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
    sys.exit()
