"""The event finder as a whole: what it finds, and that it stays calm on bad input."""

import json
from pathlib import Path

import pytest

from pipeline.annotate import Annotator
from pipeline.errors import ModelError
from pipeline.events import Events
from pipeline.events.appraising import appraisal_rows
from pipeline.events.find import MOST_KEPT, Draft, Prepared, choose
from pipeline.events.judge import CARD, WEIGHTS, load, read_card
from pipeline.events.lexicon import may_hold_event
from pipeline.events.reading import MOST_NAMES, Reading
from pipeline.events.revising import describe_again, doubtful
from pipeline.events.slots import Filler
from pipeline.events.splitting import part, partners
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES, Document
from pipeline.settings import shipped

NEWS = (
    "Президент Казахстана Касым-Жомарт Токаев провёл в Астане переговоры с президентом Узбекистана Шавкатом "
    "Мирзиёевым. По итогам переговоров стороны подписали соглашение о транзите грузов на 20 млн долларов."
)


@pytest.fixture(scope="module")
def events():
    return Events.load(shipped("models/events"))


@pytest.fixture(scope="module")
def annotate():
    annotator = Annotator.load(shipped("models/gazetteer"))

    def one(text, title=None, published="2023-05-17"):
        document = Document(id="1", url=None, published=published, title=title, text=text)
        (annotated,) = annotator.annotate([document], depth=may_hold_event)
        return annotated

    return one


@pytest.fixture
def read(events, annotate):
    return lambda *args, **kwargs: events.find(annotate(*args, **kwargs))


def test_a_meeting_and_what_was_signed_at_it(read):
    summits, agreements = read(NEWS)
    assert [(s.kind, s.status, s.states, s.country) for s in summits] == [("talks", "held", ("KZ", "UZ"), "KZ")]
    assert [(a.kind, a.status, a.states) for a in agreements] == [("agreement", "signed", ("KZ", "UZ"))]
    assert [person.split()[-1][:6] for person in summits[0].persons] == ["Токаев", "Мирзиё"]
    assert agreements[0].subject == "транзит грузов"
    assert (agreements[0].amount.value, agreements[0].amount.currency) == (20e6, "USD")


def test_every_value_has_its_words_and_every_record_its_sentences(read, annotate):
    annotated = annotate(NEWS)
    sentences = {(s.start, s.stop) for s in annotated.sentences}
    summits, agreements = read(NEWS)
    for event in (*summits, *agreements):
        assert set(event.evidence) <= sentences
        assert event.triggers
        assert {why.slot for why in event.why} >= {"kind", "status", "states"}
        assert all(why.span and annotated.body[slice(*why.span)] for why in event.why)
        assert 0 < event.confidence < 1


def test_a_plan_looks_forward_and_a_report_back(read):
    (plan,), _ = read("Президент Турции посетит Казахстан с официальным визитом 2 июня.")
    (report,), _ = read("Президент Турции посетил Казахстан с официальным визитом 2 июня.")
    assert (plan.status, plan.start, plan.end) == ("planned", "2023-06-02", None)
    assert (report.status, report.start, report.end) == ("held", "2022-06-02", "2022-06-02")


def test_a_summit_has_its_name_in_the_nominative(read):
    (summit,), _ = read("16 ноября в Ташкенте состоится Консультативная встреча глав государств Центральной Азии.")
    assert summit.name == "Консультативная встреча глав государств Центральной Азии"
    assert (summit.kind, summit.place, summit.country, summit.start) == ("summit", "Ташкент", "UZ", "2023-11-16")
    assert summit.states == ("KG", "KZ", "TJ", "TM", "UZ")


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (
            "На 78-й сессии Генеральной Ассамблеи ООН выступил президент Узбекистана.",
            ["78-я сессия Генеральной Ассамблеи ООН"],
        ),
        (
            "Президент Узбекистана выступит на III Международной конференции в Самарканде.",
            ["III Международная конференция"],
        ),
        (
            "Предыдущее заседание Совета глав правительств СНГ прошло в Астане.",
            ["заседание Совета глав правительств СНГ"],
        ),
        (
            "Первый саммит объединения прошёл в Екатеринбурге, в нём участвовали Россия, Китай и Индия.",
            [None],
        ),
        ("Лидеры Казахстана и Турции провели переговоры на полях июльского саммита в Вильнюсе.", [None]),
        ("В Ташкенте пройдут две международные выставки Узбекистана и Турции.", [None]),
        (
            "В Ташкенте прошла международная конференция по Афганистану с участием Пакистана и Ирана.",
            ["международная конференция по Афганистану"],
        ),
        ("В Астане прошла международная конференция с участием Казахстана, Китая и Ирана.", [None]),
        (
            "Президенты Армении и Китая прибыли на саммит Организации Договора о коллективной безопасности (ОДКБ).",
            ["саммит Организации Договора о коллективной безопасности"],
        ),
        ("Казахстан примет ключевые заседания ШОС в 2024 году.", [None]),
    ],
)
def test_a_name_is_one_events_own_in_the_nominative(read, sentence, names):
    summits, _ = read(sentence, published="2023-09-20")
    assert [summit.name for summit in summits] == names


def test_a_ministry_acts_for_its_state(read):
    (meeting,), _ = read("Глава МИД России Сергей Лавров встретился 21 сентября с генсеком ООН, сообщил МИД.")
    assert (meeting.states, meeting.organizations) == (("RU",), ("ООН",))


@pytest.mark.parametrize(
    ("document", "subject"),
    [
        ("соглашение о прекращении огня и выводе войск", "прекращение огня и вывод войск"),
        ("контракт на поставку сельхозмашин на 3,5 млн долларов", "поставка сельхозмашин"),
        ("меморандум о государственно-частном партнёрстве", "государственно-частное партнёрство"),
        ("соглашение по строительству дороги Решт — Астара", "строительство дороги Решт — Астара"),
        ("соглашение о совместном управлении водами Андижанского (Кемпир-Абадского) водохранилища",
         "совместное управление водами Андижанского водохранилища"),
        ("соглашение с Ираном о делимитации границ", "делимитация границ"),
        ("«дорожную карту» по поставкам газа", "поставки газа"),
        ("соглашение по торгово-экономическому сотрудничеству", "торгово-экономическое сотрудничество"),
        ("соглашение о решении возникших проблем", "решение возникших проблем"),
        ("соглашение об упрощённом визовом режиме", "упрощённый визовый режим"),
        ("конвенцию о дипломатических и консульских сношениях 1961 года",
         "дипломатические и консульские сношения"),
        ("соглашение о военном и военно-техническом сотрудничестве", "военное и военно-техническое сотрудничество"),
        ("договор о мире, дружбе и границе", "мир, дружба и граница"),
        ("соглашение о поставке 500 тыс. тонн зерна", "поставка 500 тыс. тонн зерна"),
        ("меморандум о взаимопонимании между министерствами по развитию туризма", "развитие туризма"),
        ("меморандум о взаимопонимании", None),
        ("соглашение о проекте", None),
        ("соглашение о проекте железной дороги", "проект железной дороги"),
        ("план мероприятий по сохранению памятников", "сохранение памятников"),
        ("соглашение в Анкаре о транзите грузов", "транзит грузов"),
        ("соглашение о перемирии при посредничестве Катара", "перемирие"),
        ("соглашение о поставках газа до конца 2030 года", "поставки газа до конца 2030 года"),
        ("соглашение на пять лет", None),
        ("договор о дружбе и границе в декабре прошлого года", "дружба и граница"),
        ("договор «О дружбе и границе» с соседями", "дружба и граница"),
        ("соглашение о перевозках в рамках форума", "перевозки"),
        ("контракты на общую сумму 5 млрд рублей", None),
        ("соглашение на 200 млн долларов", None),
        ("соглашение на этот счёт", None),
        ("соглашение по итогам переговоров", None),
    ],
)  # fmt: skip
def test_a_subject_is_a_phrase_in_the_nominative(read, document, subject):
    _, (agreement,) = read(f"Узбекистан и Россия подписали {document}.")
    assert agreement.subject == subject


def test_who_reports_on_a_deal_is_no_party_to_it(read):
    _, (contract,) = read(
        "Reuters узнал о крупнейшем оружейном контракте США и Вьетнама. Соглашение может быть подписано в 2024 году."
    )
    assert (contract.states, contract.organizations) == (("US", "VN"), ())


def test_a_body_is_told_once(read):
    (summit,), _ = read("Саммит Организации тюркских государств (ОТГ) прошёл в Самарканде.")
    assert summit.organizations == ("ОТГ",)


def test_a_day_that_another_takes_the_place_of_is_no_day_of_the_meeting(read):
    (talks,), _ = read("Встреча министров Азербайджана и Грузии в Карсе состоится не 25 ноября, а 9 декабря.")
    assert talks.start.endswith("-12-09")


def test_the_last_time_before_is_no_day_of_a_visit(read):
    (visit,), _ = read("Глава МИД Ирана впервые с 2019 года посетил Турцию.")
    assert visit.start is None


def test_an_article_on_sport_tells_of_no_meeting(annotate):
    match = "Тренер рад: в этой встрече сборная забила гол, клуб и лига довольны, чемпионат продолжается."
    assert Prepared(annotate(match)).candidates == []
    assert Prepared(annotate(f"{match} Матч посетил премьер-министр.")).candidates != []


def test_meetings_told_in_one_phrase_are_told_apart(read):
    summits, _ = read("Президент России провёл двусторонние встречи с президентами Киргизии, Туркмении и Ирана.")
    assert sorted(s.states for s in summits) == [("IR", "RU"), ("KG", "RU"), ("RU", "TM")]


def test_an_event_is_appraised_by_how_near_it_comes_to_another(annotate):
    prepared = Prepared(annotate("Переговоры прошли в Баку. Встреча длилась час. До этого был визит в Анкару."))
    links = {(0, 1): 3.0, (0, 2): -2.0, (1, 2): 1.0}

    def draft(*mentions, confidence):
        return Draft(
            family="summit", mentions=mentions, confidence=confidence, kind="talks", status="held",
            fillers={"states": ()}, days=(None, None), chances={"kind": (("talks", 1.0),), "status": (("held", 1.0),)},
            chance_of=(confidence,) * len(mentions), links=links,
        )  # fmt: skip

    first, second = appraisal_rows(prepared, [draft(0, 1, confidence=0.9), draft(2, confidence=0.5)])
    assert (first["cohesion#"], first["nearest#"], first["nearest-stronger#"]) == (1.0, -0.5 / 3, -2.0)
    assert (second["cohesion#"], second["nearest-stronger#"], second["share#"]) == (0.0, -0.5 / 3, 1 / 3)


def test_a_filler_is_seen_beside_the_others_and_those_of_its_state(annotate):
    prepared = Prepared(annotate("Президент Турции провёл двусторонние переговоры с главами стран Центральной Азии."))
    fillers = {slot: prepared.fillers[slot] for slot in ("states", "persons", "organizations", "place", "country")}
    chances = {slot: [0.2] * len(options) for slot, options in fillers.items()}
    states = [filler.value for filler in fillers["states"]]
    chances["country"] = [0.9 if state == "TR" else 0.1 for state in states]
    chances["states"] = [0.8 if state == "TR" else 0.4 if state == "KZ" else 0.3 for state in states]
    chances["states"][states.index("UZ")] = 0.001  # surely none: it stays out
    rows = describe_again(
        prepared.reading, prepared.candidates[:1], "states", fillers, chances, {"event-kind=talks": 1.0}
    )
    places = [states[place] for place in doubtful(chances["states"])]
    assert len(rows) == len(places) == len(states) - 1
    turkey, kazakhstan = rows[places.index("TR")], rows[places.index("KZ")]
    assert (turkey["rank=0"], kazakhstan["rank=1"], kazakhstan["first#"]) == (1.0, 1.0, 0.8)
    assert (turkey["country-same#"], turkey["country-rest#"], kazakhstan["country-same#"]) == (0.9, 0.1, 0.1)
    assert turkey["sides=two"] == kazakhstan["event-kind=talks"] == 1.0
    assert (kazakhstan["mates-most#"], kazakhstan["mates-least#"]) == (0.3, 0.001)  # the four others of the group
    assert "mates#" not in turkey


@pytest.mark.parametrize(
    ("slot", "chances", "chosen"),
    [("states", (0.5, 0.4, 0.6), "AC"), ("country", (0.5, 0.4, 0.6), "C"), ("place", (0.1, 0.4, 0.2), "")],
)
def test_a_slot_takes_all_that_are_likely_a_place_the_likeliest(slot, chances, chosen):
    options = [Filler(value=value, at=()) for value in "ABC"]
    assert "".join(filler.value for filler in choose(slot, options, chances, 0.5)) == chosen


def test_domestic_news_gives_nothing(read):
    assert read("Жители посёлка пожаловались на цены. Суд рассмотрит протокол об административном правонарушении.") == (
        (),
        (),
    )


def test_another_language_gives_nothing_and_says_so(events, annotate):
    annotated = annotate(
        "The presidents of Kazakhstan and Uzbekistan held talks and signed an agreement. " * 8, "Summit"
    )
    assert events.find(annotated) == ((), ())
    assert annotated.language == "en"
    assert "only Russian" in next(iter(events.explain(annotated).lines()))


def test_articles_read_side_by_side_give_what_each_gives_alone(events, annotate):
    texts = [NEWS, "Суд рассмотрит протокол.", f"{NEWS} {NEWS}", "Президент Турции посетит Казахстан 2 июня.", "", NEWS]
    batch = [annotate(text) for text in texts]
    assert events.find_each(batch) == [events.find(one) for one in batch]
    assert events.find_each([]) == []


def test_a_headline_is_enough(read):
    _, agreements = read("", "Россия и Казахстан подписали соглашение о транзите")
    assert [(a.kind, a.states) for a in agreements] == [("agreement", ("KZ", "RU"))]


def test_nothing_comes_of_nothing(read):
    assert read("") == ((), ())


HOSTILE = {
    "speech": ("Уважаемые друзья! Мы ведём переговоры, встречаемся на саммитах и подписываем соглашения. " * 700)[
        :60000
    ],
    "one sentence": ("переговоры и встреча, соглашение и договор, " * 400)[:16000],
    "table": "\n".join(f"Соглашение {i} | Россия | Китай | {i} млн долларов | подписано" for i in range(200)),
    "participants": "В саммите участвуют: " + ", ".join(f"президент Казахстана Иван Петров{i}" for i in range(200)),
    "reprint of itself": NEWS * 100,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_gives_no_flood_of_records(read, text):
    summits, agreements = read(text)
    assert len(summits) <= MOST_KEPT
    assert len(agreements) <= MOST_KEPT


def test_a_digest_post_keeps_its_items_apart(read):
    items = ("Армения и Иран подписали соглашение о газе", "Турция и Ливия подписали меморандум о торговле")
    _, agreements = read("\n\n".join(f"{item}." for item in items))
    assert [(a.kind, a.states) for a in agreements] == [("agreement", ("AM", "IR")), ("memorandum", ("LY", "TR"))]


def test_a_text_without_a_full_stop_is_read_in_bounded_time(read, annotate):
    text = "встреча России и Китая " * 1000
    assert [len(names) for names in Reading(annotate(text)).names_of] == [MOST_NAMES]
    assert len(read(text)[0]) <= MOST_KEPT


def test_the_same_article_gives_the_same_records(read):
    assert read(NEWS) == read(NEWS)


def test_explain_shows_candidates_features_and_reasons(events, annotate):
    told = "\n".join(events.explain(annotate(NEWS)).lines())
    assert "[провёл в Астане переговоры]" in told
    assert "Event 1: summit, talks, held" in told
    assert "states: KZ" in told


def test_a_missing_model_says_what_to_do(tmp_path: Path):
    with pytest.raises(ModelError, match="svodka events train"):
        Events.load(tmp_path)


def test_a_model_that_is_not_its_card_s_is_refused(tmp_path: Path):
    for path in shipped("models/events").iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    load(tmp_path)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes() + b"\0")
    with pytest.raises(ModelError, match="not the one that its card describes"):
        load(tmp_path)
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    (tmp_path / CARD).write_text(json.dumps(card | {"format": 0}), encoding="utf-8")
    with pytest.raises(ModelError, match="made for format 0"):
        load(tmp_path)


def test_the_card_names_data_versions_and_scores():
    card = read_card(shipped("models/events"))
    assert len(card["data"]["digest"]) == 64
    assert {"scikit-learn", "numpy", "natasha", "slovnet"} <= set(card["versions"])
    assert {"summits", "agreements"} == set(card["scores"]) == set(card["curve"]) == set(card["reliability"])


def test_the_shipped_scores_hold_their_floors():
    floors = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))["events"]
    scores = read_card(shipped("models/events"))["scores"]
    for family, figures in floors.items():
        for name, least in figures.items():
            assert scores[family][name] >= least, f"{family} {name}"


def test_the_classes_are_the_closed_lists():
    scorers = load(shipped("models/events")).scorers
    assert set(scorers["kind.summit"].classes) == set(SUMMIT_KINDS)
    assert set(scorers["status.summit"].classes) == set(SUMMIT_STATUSES)
    assert set(scorers["kind.agreement"].classes) == set(AGREEMENT_KINDS)
    assert set(scorers["status.agreement"].classes) == set(AGREEMENT_STATUSES)


@pytest.mark.parametrize(
    ("sentence", "parted", "met"),
    [
        ("До этого прошли переговоры Токаева с Алиевым и Пашиняном по отдельности.", [1], ["AZ", "AM"]),
        ("Токаев провёл переговоры с коллегами из Болгарии и Туркмении.", [1], ["BG", "TM"]),
        ("Они обсудили торговлю на переговорах с Ильхамом Алиевым и Николом Пашиняном.", [], []),
    ],
)
def test_talks_with_several_are_parted_from_the_meeting_told_before(annotate, sentence, parted, met):
    prepared = Prepared(annotate("Президент России провёл встречу с гостями в Сочи. " + sentence))
    own = [prepared.candidates[i] for i in prepared.of("summit")]
    assert [own[place].sentence for place in part(prepared.reading, own)[1]] == parted
    assert partners(prepared.reading, own) == met


@pytest.mark.parametrize(
    ("sentence", "lemmas"),
    [
        ("Фирма расторгла трудовой договор.", []),
        ("Страны подписали мирный договор.", ["договор"]),
        ("У магазина есть договор о страховании товара.", []),
        ("Армения покинула Организацию Договора о коллективной безопасности.", []),
        ("Президент встретился с коллегой на полях саммита.", ["встретиться", "саммит"]),
        ("Президенты собрались на заседание в Астане.", ["заседание"]),
        ("Президент не поедет на саммит в Астане.", ["саммит"]),
        ("Министр прибыл в Астану для участия в форуме.", ["форум"]),
        ("Министр прилетел в Астану на переговоры с коллегой.", ["прилететь", "переговоры"]),
        ("Министр назвал разговоры о размещении оружия опасными.", []),
        ("Об этом рассказала генеральный секретарь Конференции ООН по торговле.", []),
        ("Министр признался в разговоре с пранкерами, что устал.", []),
        ("На прошлой неделе международный банк открыл отделение.", []),
        ("Премьер говорил с коллегой по телефону.", ["говорить"]),
        ("Премьер говорил о реформе.", []),
        ("Министерство вызвало посла соседней страны.", ["вызвать"]),
        ("Хозяин вызвал врача.", []),
    ],
)
def test_candidates_pass_their_sense_tests_and_keep_apart(annotate, sentence, lemmas):
    assert [candidate.lemma for candidate in Prepared(annotate(sentence)).candidates] == lemmas


@pytest.mark.parametrize(
    ("sentence", "whom"),
    [
        ("Затем он провёл переговоры в Баку.", ["Касым-Жомарт Токаев"]),
        ("С ним встретился премьер-министр Грузии.", ["Касым-Жомарт Токаев"]),
        ("Его визит в Баку продлится два дня.", ["Касым-Жомарт Токаев"]),
        ("Переговоры она провела в Баку.", []),
        ("Соглашение важно, и его подпишут в Баку.", []),
    ],
)
def test_a_pronoun_stands_for_the_person_named_before(annotate, sentence, whom):
    reading = Reading(annotate("Президент Казахстана Касым-Жомарт Токаев посетил Грузию. " + sentence))
    assert [name.value for name in reading.names if name.pronoun] == whom
