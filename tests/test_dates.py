"""Sentences with their dates: `day of publication, direction: words [expression = start/end] words`.

One value stands for both ends, an empty side for an open one; a sentence without brackets must give nothing.
"""

import gzip
import json
import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.dates import find_dates, fold, matches, may_hold_date
from pipeline.events.dates.rules import RULES, WORDS

EXAMPLES = """
2022-07-01 future: Саммит пройдёт [21–22 июля = 2022-07-21/2022-07-22] в Чолпон-Ате.
2022-06-20 future: Президент [21-22 июня = 2022-06-21/2022-06-22] посетит республику с визитом.
2023-02-19 future: Глава государства [20−21 февраля = 2023-02-20/2023-02-21] посетит Каир.
2023-06-01 future: Форум состоится [с 8 по 9 июня = 2023-06-08/2023-06-09].
2023-06-20 future: Неделя культуры пройдёт [с 28 июня по 2 июля = 2023-06-28/2023-07-02].
2022-12-20 future: Встреча назначена на [30 декабря – 2 января = 2022-12-30/2023-01-02].
2023-01-20 past: Делегация работала [30 декабря 2022 года – 2 января 2023 года = 2022-12-30/2023-01-02].
2023-12-02 future: Министр приедет [3 и 4 декабря = 2023-12-03/2023-12-04].
2023-05-01 future: Заседания намечены на [10, 11 и 12 мая 2023 года = 2023-05-10/2023-05-12].
2025-11-13 future: [16 ноября = 2025-11-16] в столице состоится встреча.
2025-11-13 past: Документ подписали [16 ноября = 2024-11-16].
2025-11-13 -: О встрече [16 ноября = 2025-11-16] сообщила пресс-служба.
2024-01-05 past: Договор заключён [28 декабря = 2023-12-28].
2023-12-28 future: Саммит откроется [9 января = 2024-01-09].
2023-12-28 -: Саммит [9 января = 2024-01-09].
2024-04-15 past: подписали совместное заявление[15 апреля 2024 = 2024-04-15] 13:00
2023-08-22 -: Саммит продлится [до 24 августа = /2023-08-24].
2023-05-10 past: Соглашение действует [с 1 мая = 2023-05-01/].
2023-05-10 past: Он прибыл [первого мая = 2023-05-01], а уехал [двадцать первого апреля = 2023-04-21].
2020-10-10 -: В указе [от 5 марта 2020 г. = 2020-03-05] сказано об этом.
2022-07-06 -: Стороны [сегодня, 6 июля = 2022-07-06], парафировали соглашение.
2022-10-06 future: Переговоры пройдут [в пятницу, 7 октября = 2022-10-07].
2024-06-01 -: Визит состоялся [27.05.24 = 2024-05-27].
2024-06-01 -: Визит состоялся [27.05.2024 = 2024-05-27]; запись [2024-05-28 = 2024-05-28].
2022-01-02 future: Предстоят [10 января = 2022-01-10] в Женеве и [12-го = 2022-01-12] в Брюсселе переговоры.
2023-03-13 -: Об этом стало известно [сегодня = 2023-03-13], хотя [вчера = 2023-03-12] он молчал.
2023-03-13 -: [Послезавтра = 2023-03-15] министры встретятся, [завтра = 2023-03-14] прилетят эксперты.
2023-03-13 -: [Накануне = 2023-03-12] ведомство сообщило о разговоре.
2023-05-14 past: Президент [накануне = 2023-05-13] встречался с папой.
2023-05-14 past: Он [накануне = 2023-05-13] начал поездку.
2023-03-13 -: Накануне встречи с папой, накануне саммита министр дал интервью, накануне визита промолчал.
2020-09-03 past: Это заявлено в ходе [сегодняшнего = 2020-09-03] визита премьера.
2020-09-03 past: На сегодняшний день договор не подписан.
2022-12-13 past: Госсекретарь заявил об этом [в понедельник = 2022-12-12].
2022-12-13 future: Министры соберутся [в понедельник = 2022-12-19].
2022-12-13 past: Он уехал [во вторник = 2022-12-13].
2022-12-13 -: В [прошлую пятницу = 2022-12-09] он был в Баку.
2022-12-13 -: Переговоры пройдут [в ближайший четверг = 2022-12-15].
2022-12-13 -: Он вернётся [в следующую среду = 2022-12-21].
2023-10-17 past: Удар пришёлся [в ночь на понедельник = 2023-10-16].
2023-07-07 past: [В конце июня = 2023-06] страны подписали меморандум.
2023-04-13 future: Саммит пройдёт [в конце августа = 2023-08].
2023-03-20 past: Тот [в январе = 2023-01] посетил Оттаву.
2022-05-13 future: Конференция пройдёт [в июле = 2022-07] в Ташкенте.
2023-03-09 past: Сделку заключили [в июле прошлого года = 2022-07].
2023-11-15 past: Формулу представили [в прошлом ноябре = 2022-11] на саммите.
2023-03-20 past: Так говорилось в декларации [от марта 2022-го = 2022-03].
2023-05-26 past: Война шла [осенью 2020 года = 2020]; [в ноябре того же года = 2020-11] заключили перемирие.
2023-05-26 future: Договор подпишут [в первой декаде июня = 2023-06].
2023-05-26 future: Визит ожидается [в мае — июне = 2023].
2023-05-26 future: Это было бы хорошо [к концу декабря = 2023-12].
2023-04-20 -: Говорили об [июльском = 2023-07] саммите.
2023-04-20 -: Живу я на улице Октябрьской, а он в Октябрьском районе.
2023-12-11 past: [В конце прошлого месяца = 2023-11] комиссия собиралась.
2022-03-01 -: Встреча ожидается [в текущем месяце = 2022-03].
2021-10-12 -: Саммит состоится [на этой неделе = 2021-10] в Минске.
2022-09-28 -: Саммит состоится [на этой неделе = 2022].
2021-02-08 -: [На прошлой неделе = 2021-02] министры говорили по телефону.
2022-07-08 -: [В начале следующей недели = 2022-07] страну посетит представитель.
2024-04-13 -: Глава государства [на следующей неделе = 2024-04]посетит Ереван.
2023-01-20 -: Делегация отдыхала [в минувшие выходные = 2023-01].
2023-04-15 -: [Неделю назад = 2023-04] президент был в Тбилиси.
2023-03-09 -: Последние переговоры прошли [год назад = 2022].
2022-02-11 -: Конфликт не решён [спустя семь лет после = 2015] подписания.
2023-11-04 -: Так, [двумя днями ранее = 2023-11-02] министр выступил.
2023-11-04 -: Это случилось несколько лет назад, а то и 1,5 месяца назад.
2023-10-02 past: Операция началась [19 сентября = 2023-09-19]. [Спустя сутки = 2023-09-20] стороны договорились.
2023-10-02 past: Операция началась [19 сентября = 2023-09-19]. [На следующий день = 2023-09-20] был разговор.
2023-10-02 past: Они встретились [19 сентября = 2023-09-19]. [В тот же день = 2023-09-19] подписан протокол.
2023-10-02 -: Министры увидятся [через два дня = 2023-10-04], президенты [через месяц = 2023-11].
2023-10-15 future: Он предложил [в ближайшие дни = 2023-10] посетить страну.
2023-10-15 future: Встреча состоится в ближайшее время, а недавно уже была.
2023-10-20 past: Указ [на днях = 2023-10] подписал глава республики.
2022-07-29 past: Об этом условились в ходе [прошлогоднего = 2021] визита.
2023-10-23 past: Об этом сообщали [прошлой осенью = 2022].
2023-10-23 past: Переговоры прошли [весной = 2023].
2023-02-23 past: Переговоры прошли [осенью = 2022].
2023-05-23 -: О переговорах говорили в ходе [осеннего = 2023] визита.
2023-05-23 -: Итоги [весенних = 2023] встреч подвели позже.
2023-04-27 past: Соглашение подписано [в 2010 году = 2010], [в 2018-м = 2018] оно заработало.
2022-05-04 past: В документах [2019–2020 годов = 2019/2020] этого нет.
2023-04-27 -: Поставки начнутся [в конце 2024 года = 2024].
2023-04-27 -: Они виделись [в 2019, = 2019] когда был форум.
2023-04-27 -: Показатель [в прошлом году = 2022] вырос, [в этом году = 2023] упал.
2023-04-27 -: Подписать договор хотят [до конца года = 2023].
2023-04-27 -: Запуск намечен на [в первом квартале 2024 года = 2024].
2022-09-15 past: [В эти минуты = 2022-09-15] проходит встреча.
2022-04-13 past: [Ночью = 2022-04-13] стороны договорились об урегулировании.
2023-05-10 -: Марта и Мая поехали на рынок.
2023-05-10 -: В 14 странах 2000 человек купили 31 билет за 2,5 часа.
2023-05-10 -: 31 февраля и 45 мая не бывает.
"""
CORPORA = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora"
LINES = [line for line in EXAMPLES.strip().splitlines() if line]
BRACKETED = re.compile(r"\[(?P<words>[^\]=]+) = (?P<start>[\d-]*)(?P<slash>/)?(?P<end>[\d-]*)\]")


def split_example(line):
    head, _, marked = line.partition(": ")
    published, direction = head.split()
    expected = [
        (found["start"] or None, (found["end"] or None) if found["slash"] else found["start"])
        for found in BRACKETED.finditer(marked)
    ]
    words = [found["words"] for found in BRACKETED.finditer(marked)]
    text = BRACKETED.sub(lambda found: found["words"], marked)
    return date.fromisoformat(published), None if direction == "-" else direction, text, words, expected


@pytest.mark.parametrize("line", LINES)
def test_sentence_gives_exactly_the_bracketed_dates(line):
    published, direction, text, words, expected = split_example(line)
    found = [f for f in find_dates(text, published) if not f.weak or expected]
    assert [tuple(f.resolve(direction)) for f in found] == expected
    for expression, bracketed in zip(found, words, strict=True):
        assert expression.words == text[expression.start : expression.stop]
        assert expression.words.strip(" ,") in bracketed or bracketed in expression.words


def test_a_part_of_the_day_is_weak_and_a_date_is_not():
    found = find_dates("Утром прошли переговоры, 9 мая будет парад.", date(2023, 5, 5))
    assert [f.weak for f in found] == [True, False]


def test_direction_is_needed_only_where_words_leave_the_year_open():
    found = find_dates("10 мая 2023 года, 10 декабря и во вторник", date(2023, 5, 5))
    assert [f.needs_direction for f in found] == [False, True, True]


def test_whole_of_a_visit_of_two_days_is_its_month():
    visit, turn = find_dates("21-22 июня, 30 июня - 1 июля", date(2023, 6, 5))
    assert (visit.whole("future"), turn.whole("future")) == ("2023-06", "2023")


def test_span_keeps_its_place_where_lower_case_grows():
    text = "İİİ встреча 9 мая"
    (found,) = find_dates(text, date(2023, 5, 1))
    assert text[found.start : found.stop] == "9 мая"


@given(st.text(alphabet="0123456789 .-–,годмаявпстчреднюиоькйзэлян", max_size=80), st.dates())
@settings(max_examples=300, deadline=None)
def test_any_text_and_any_day_of_publication_give_ordered_spans(text, published):
    stop = 0
    for found in find_dates(text, published):
        assert stop <= found.start < found.stop <= len(text)
        stop = found.stop


def sought_everywhere(folded):
    return {(number, found.span()) for number, rule in enumerate(RULES) for found in rule.pattern.finditer(folded)}


def test_every_match_holds_an_anchor_of_its_rule_and_no_end_of_line():
    texts = [fold(re.sub(r"\[(.*?) = .*?\]", r"\1", line)) for line in EXAMPLES.strip().splitlines()]
    for number, (start, stop) in sought_everywhere("\n".join(texts)):
        words = "\n".join(texts)[start:stop]
        assert any(RULES[number].anchor.search(word) for word in WORDS.findall(words)), (RULES[number].name, words)
        assert "\n" not in words
        assert len(words) <= RULES[number].reach
        ends = [word.end() for word in WORDS.finditer(words) if RULES[number].anchor.search(word[0])]
        assert len(words) <= ends[-1] + RULES[number].beyond


def test_a_look_at_the_first_character_passes_over_no_match():
    folded = fold("\n".join(re.sub(r"\[(.*?) = .*?\]", r"\1", line) for line in EXAMPLES.strip().splitlines()))
    for rule in RULES:
        look, _, whole = rule.pattern.pattern.partition("])")
        assert look.startswith("(?=[")
        spans = [[found.span() for found in re.finditer(pattern, folded)] for pattern in (whole, rule.pattern)]
        assert spans[0] == spans[1]


def test_a_text_with_a_date_is_known_to_hold_one_before_it_is_read():
    for line in EXAMPLES.strip().splitlines():
        text = re.sub(r"\[(.*?) = .*?\]", r"\1", line.split(": ", 1)[1])
        assert may_hold_date(text) or "[" not in line
    assert not may_hold_date("Стороны обсудили торговлю и транспорт.")


def test_what_is_sought_around_anchors_is_found_as_if_sought_everywhere():
    lines = [re.sub(r"\[(.*?) = .*?\]", r"\1", line.split(": ", 1)[1]) for line in EXAMPLES.strip().splitlines()]
    for joint in (" ", "\n", " " + "и так далее, " * 40):
        folded = fold(joint.join(lines))
        everywhere = sought_everywhere(folded)
        found = [(number, match.span()) for number, match in matches(folded)]
        assert set(found) <= everywhere
        taken = [span for _, span in found]
        missed = [span for _, span in everywhere if not any(a < span[1] and span[0] < b for a, b in taken)]
        assert not missed


def test_names_of_rules_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("piece", ["1, ", "в начале ", "с 5 по ", "1 мая - ", "в прошлом ", "20-", "\u00a0", "декад "])
def test_long_hostile_text_ends_in_time(piece):
    began = time.process_time()
    assert isinstance(find_dates(piece * 20_000, date(2023, 5, 1)), tuple)
    assert time.process_time() - began < 10  # a second is enough; a search that grows with the square takes minutes


@pytest.mark.shared
@pytest.mark.skipif(not CORPORA.exists(), reason="needs ../shared")
@pytest.mark.parametrize("corpus", ["rbc", "regional", "onetv"])
def test_every_fortieth_article_of_the_corpora_is_read(corpus):
    with gzip.open(CORPORA / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for number, line in enumerate(lines) if number % 40 == 0]
    found = sum(len(find_dates(a["text"], date.fromisoformat((a["published"] or "2023-01-01")[:10]))) for a in articles)
    assert found > len(articles) / 20
