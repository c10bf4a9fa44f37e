"""What is looked at to judge a candidate: words, grammar, names around it, and its place in the article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo
from pipeline.events.reading import FAR, STATES, is_future

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.dates import TimeExpression
    from pipeline.events.reading import Name, Reading, Tree
    from pipeline.events.scorer import Features

_NEAR = 2  # words beside the trigger whose place matters
_WINDOW = 8  # words around it as a bag
_FUTURE = frozenset(
    (
        "планировать планироваться ожидаться намерен готовиться предстоять предстоящий намечать наметить "
        "намеченный запланировать запланированный будущий следующий завтра предложить предлагать предложение "
        "подготовка готов готовый мочь возможный возможность приглашение пригласить ждать рассчитывать "
        "надеяться обещать пообещать собираться хотеть проект анонсировать предполагать предполагаться "
        "предусматривать предусматриваться"
    ).split()
)
_PAST = frozenset(
    (
        "состояться пройти завершиться закончиться итог прошедший прошлый ранее накануне вчера недавно "
        "заявить сообщить подписать обсудить"
    ).split()
)
_NOW = frozenset(
    (
        "сегодня проходить идти начаться начинаться открыться стартовать прибыть прибывать находиться продолжаться"
    ).split()
)
_OFF = frozenset(
    (
        "отменить отмена отложить перенести отказаться отказ сорвать срыв прекратить приостановить разорвать "
        "выйти денонсировать"
    ).split()
)


_MODAL = _FUTURE | _PAST | _NOW | _OFF


def describe(reading: Reading, candidate: Candidate, times: Sequence[TimeExpression] = ()) -> Features:
    """Describe a candidate in named features for the judge, the kind and the status."""
    tree = reading.trees[candidate.sentence]
    row: Features = {"one": 1.0}
    _say_words(row, tree, candidate)
    _say_grammar(row, tree, candidate)
    _say_names(row, reading, candidate)
    _say_mode(row, tree, candidate)
    _say_sides(row, reading, candidate)
    _say_times(row, reading, candidate, times)
    _say_place(row, reading, candidate)
    return row


_LEADING = ("mode", "near-time", "head:", "lemma", "verb-Tense", "prep=")  # what the first mention says most surely
_LATER = ("mode", "near-time", "head:")
_LED: Memo[str, str] = Memo(lambda name: f"first:{name}" if name.startswith(_LEADING) else "")


def unite(rows: Sequence[Features]) -> Features:
    """Describe an event by its mentions: everything any of them has, and what the first and the later ones say."""
    first = rows[0]
    whole: Features = {}
    for row in rows if len(rows) > 1 or min(first.values(), default=0.0) < 0 else ():
        for name, value in row.items():
            known = whole.get(name, 0.0)
            whole[name] = value if value > known else known  # noqa: FURB136 (a call would cost more than the rest)
    whole = whole or dict(first)
    for name, value in first.items():
        led = _LED[name]
        if led:
            whole[led] = value
    for row in rows[1:]:
        for name, value in row.items():
            if name.startswith(_LATER):
                whole[f"later:{name}"] = value
    whole["mentions#"] = min(len(rows), 4) / 2
    return whole


_LENDING = frozenset(
    "кредитный концессионный грантовый заемный кредит заем грант концессия поставка купля-продажа".split()
)


def _say_words(row: Features, tree: Tree, c: Candidate) -> None:
    tokens = tree.tokens
    row[f"lemma={c.lemma}"] = row[f"group={c.sense.group}"] = 1.0
    row[f"kind={c.sense.kind}"] = 1.0
    for word in c.inner:
        row[f"inner={word}"] = 1.0
    for step in range(1, _NEAR + 1):
        for index, side in ((c.token - step, "-"), (c.token + step, "+")):
            if 0 <= index < len(tokens):
                row[f"at{side}{step}={tokens[index].lemma}"] = 1.0
    for index in range(max(0, c.token - _WINDOW), min(len(tokens), c.token + _WINDOW + 1)):
        if index != c.token and tokens[index].pos not in ("PUNCT", "ADP", "CCONJ") and tokens[index].text.isalpha():
            row[f"near={tokens[index].lemma}"] = 1.0
    if not _MODAL.isdisjoint(tree.lemmas):
        for name, words in (("future", _FUTURE), ("past", _PAST), ("now", _NOW), ("off", _OFF)):
            if count := sum(map(words.__contains__, tree.lemmas)):
                row[f"sentence-{name}"] = float(count)
    for child in tree.children[c.token]:
        token = tokens[child]
        if token.lemma in _LENDING:
            row["lending"] = 1.0
        row[f"child:{token.rel}={token.lemma}"] = 1.0
        row[f"child:{token.rel}"] = 1.0
        preposition = tree.preposition(child)
        if preposition and token.rel in ("nmod", "obl"):
            row[f"child-prep={preposition}"] = 1.0


def _say_grammar(row: Features, tree: Tree, c: Candidate) -> None:
    tokens = tree.tokens
    word = tokens[c.token]
    for key in ("Number", "Case", "Tense", "Aspect", "Voice", "VerbForm", "Mood"):
        if key in word.feats:
            row[f"own-{key}={word.feats[key]}"] = 1.0
    row[f"rel={word.rel}"] = 1.0
    at = tree.first_conjunct(c.token)
    preposition = tree.preposition(at)
    row[f"prep={preposition}"] = 1.0
    row[f"prep={preposition},{c.sense.group}"] = 1.0
    if c.governor >= 0:
        row[f"governor={tokens[c.governor].lemma}"] = 1.0
        _say_verb(row, tree, c.governor, "gov")
    for step, head in enumerate(tree.ancestors(at)[1:4], start=1):
        row[f"up{step}={tokens[head].lemma}"] = 1.0
        row[f"up={tokens[head].lemma}"] = 1.0
    if c.predicate >= 0:
        verb = tokens[c.predicate].lemma
        row[f"verb={verb}"] = 1.0
        row[f"verb={verb},{tokens[c.predicate].feats.get('Tense', '')}"] = 1.0
        _say_verb(row, tree, c.predicate, "verb")
    # The clause above: "Песков сообщил, что встреча состоится", "планирует провести переговоры".
    for head in tree.ancestors(c.predicate if c.predicate >= 0 else at)[1:]:
        token = tokens[head]
        if token.pos in ("VERB", "AUX", "ADJ"):
            row[f"above={token.lemma}"] = 1.0
            row[f"above-tense={token.feats.get('Tense', '')}"] = 1.0


_STEPS = {
    "ratify": frozenset("ратификация ратифицировать ратификационный ратифицированный".split()),
    "force": frozenset(
        "действовать действие сила выполнять выполнение соблюдать соблюдение реализация реализовать продлить "
        "продление соответствие согласно рамка исполнение исполнять нарушить нарушение нарушать "
        "придерживаться условие работать вступить вступать вступление".split()
    ),
    "end": frozenset(
        "денонсировать денонсация выйти выход разорвать расторгнуть прекратить прекращение истечь истечение "
        "приостановить приостановка аннулировать сорвать отозвать нарушить срыв окончание возобновить "
        "возобновление возврат возвращение".split()
    ),
    "sign": frozenset(
        "подписать подписание заключить заключение подписывать подписанный заключенный принять принятие".split()
    ),
    "agree": frozenset(
        "достигнуть достичь достижение согласовать договориться одобрить парафировать согласиться".split()
    ),
    "draft": frozenset(
        "проект разработать разработка готовить подготовка подготовить предложить предложение обсудить "
        "обсуждать обсуждение переговоры работа рассмотреть".split()
    ),
}
_HYPOTHETIC = frozenset(
    (
        "исключить исключать призвать призывать призыв готов готовность отказ отказаться отказываться "
        "возможный условие требовать требование необходимость необходимый нужный надеяться хотеть желание "
        "стол организовать допустить предложить предлагать инициатива смысл никакой любой бесполезный "
        "вероятность мочь если"
    ).split()
)
_DOMESTIC = frozenset(
    (
        "журналист житель студент избиратель правительство парламент комитет депутат сенат госдума дума "
        "мажилис губернатор область район регион актив коллектив фермер предприниматель волонтер полиция "
        "чемпионат турнир сборная суд партия фракция школьник ветеран врач бизнес компания завод город аким "
        "хоким кабмин ведомство команда матч"
    ).split()
)
_DIPLOMATIC = frozenset(
    (
        "посол мид министр премьер премьер-министр президент коллега глава лидер делегация двусторонний "
        "сторона госсекретарь канцлер межгосударственный межправительственный официальный государственный "
        "международный страна государство сотрудничество отношение трехсторонний высокий уровень дипломат "
        "представитель спецпредставитель республика"
    ).split()
)
_CLASSES = {
    "hypothetic": _HYPOTHETIC,
    "domestic": _DOMESTIC,
    "diplomatic": _DIPLOMATIC,
    "future": _FUTURE,
    "past": _PAST,
    "now": _NOW,
    "off": _OFF,
    **_STEPS,
}
_CLASSES_OF = {
    word: tuple(name for name, words in _CLASSES.items() if word in words)
    for word in frozenset().union(*_CLASSES.values())
}


def _say_mode(row: Features, tree: Tree, c: Candidate) -> None:
    """Say in few words whether the trigger lies ahead: tense and mood of its verb, and the kinds of words above it."""
    tokens = tree.tokens
    at = tree.first_conjunct(c.token)
    for step, head in enumerate(tree.ancestors(at, 6)[1:]):
        for name in _CLASSES_OF.get(tokens[head].lemma, ()):
            row[f"above:{name}"] = 1.0
            if step == 0:
                row[f"head:{name}"] = 1.0
    for index in {c.token, c.governor, c.predicate} - {-1}:
        for child in tree.children[index]:
            for name in _CLASSES_OF.get(tokens[child].lemma, ()):
                row[f"below:{name}"] = 1.0
    first = max(0, c.token - _WINDOW)
    for index, word in enumerate(tree.lemmas[first : c.token + _WINDOW + 1], start=first):
        if word in _CLASSES_OF and index != c.token:
            for name in _CLASSES_OF[word]:
                row[f"around:{name}"] = row.get(f"around:{name}", 0.0) + 0.5
                if abs(index - c.token) <= 4:
                    row[f"beside:{name}"] = 1.0
    mode = _mode(tree, c)
    row[f"mode={mode}"] = 1.0
    row[f"mode={mode},{c.sense.group}"] = 1.0


def _mode(tree: Tree, c: Candidate) -> str:
    if c.predicate < 0:
        return "none"
    verb = tree.tokens[c.predicate]
    kids = [tree.tokens[child] for child in tree.children[c.predicate]]
    above = [tree.tokens[head] for head in tree.ancestors(c.predicate, 4)[1:]]
    if any(t.lemma == "не" for t in kids):
        return "negated"
    if is_future(verb) or any(t.lemma == "быть" and is_future(t) for t in kids):
        return "future"
    if any(t.lemma in ("бы", "если", "чтобы") for t in kids):
        return "unreal"
    if verb.feats.get("VerbForm") == "Inf":
        return "ahead" if any(t.lemma in _FUTURE for t in (*above, *kids)) else "infinitive"
    if verb.lemma in _FUTURE:
        return "planned"
    if verb.feats.get("Tense") == "Past":
        return "past"
    return "present" if verb.feats.get("Tense") == "Pres" else "other"


def _say_verb(row: Features, tree: Tree, index: int, name: str) -> None:
    token = tree.tokens[index]
    for key in ("Tense", "Aspect", "Voice", "VerbForm", "Mood", "Variant"):
        if key in token.feats:
            row[f"{name}-{key}={token.feats[key]}"] = 1.0
    for child in tree.children[index]:
        kid = tree.tokens[child]
        if kid.rel in ("aux", "aux:pass", "cop", "mark", "advmod", "xcomp"):
            row[f"{name}-{kid.rel}={kid.lemma}"] = 1.0
            if is_future(kid):
                row[f"{name}-Tense=Fut"] = 1.0
        elif kid.rel in ("nsubj", "nsubj:pass", "obj"):
            row[f"{name}-{kid.rel}={kid.lemma}"] = 1.0
    if (
        tree.tokens[index].feats.get("Aspect") == "Perf"
        and token.feats.get("Tense") in (None, "Fut", "Pres")
        and token.feats.get("VerbForm") == "Fin"
    ):
        row[f"{name}-will"] = 1.0


def _say_names(row: Features, reading: Reading, c: Candidate) -> None:
    tree = reading.trees[c.sentence]
    states: set[str] = set()
    linked: set[str] = set()
    persons: set[str] = set()
    person_states: set[str] = set()
    for name in reading.names_of[c.sentence]:
        if name.type == "person":
            persons.add(name.value)
            person_states.update(name.states)
        elif name.type in STATES:
            states.update(name.states)
        path = tree.path(c.token, name.token)
        kind = kind_of(name)
        row[f"has={kind}"] = 1.0
        if path != FAR:
            row[f"arg={kind}"] = row.get(f"arg={kind}", 0) + 1.0
            row[f"arg={kind},{path}"] = 1.0
            linked.update(name.states)
        if c.start <= name.start < c.stop:
            row[f"within={kind}"] = 1.0
            if name.ref and name.type in ("group", "organization"):
                row[f"within={name.ref}"] = 1.0
        elif name.ref and name.type in ("group", "organization") and abs(tree.at(name.start) - c.token) <= 6:
            row[f"near-org={name.ref}"] = 1.0
    every = reading.states_in(c.sentence)
    beside = (index for index in (c.sentence - 1, c.sentence + 1) if 0 <= index < len(reading.trees))
    around = every.union(*map(reading.states_in, beside))
    foreign = every - {reading.home}
    for key, group in (
        ("states", states),
        ("linked", linked),
        ("persons", persons),
        ("pstates", person_states),
        ("every", every),
        ("around", around),
    ):
        row[f"{key}={min(len(group), 4)}"] = 1.0
        row[f"{key}#"] = min(len(group), 5) / 2
    row["foreign#"] = min(len(foreign), 4) / 2


def _say_sides(row: Features, reading: Reading, c: Candidate) -> None:
    """Say who stands on which side: those inside the phrase, the subject of its verb, those after "с" and "между"."""
    tree = reading.trees[c.sentence]
    inside: set[str] = set()
    bodies: set[str] = set()
    subject: set[str] = set()
    partner: set[str] = set()
    head = tree.first_conjunct(c.token)
    for name in reading.names_of[c.sentence]:
        above = tree.ancestors(tree.first_conjunct(tree.titled(name.token)), 8)
        path = tree.path(c.token, name.token, 5)
        if head in above or c.token in above:
            inside.update(name.states)
            if name.type in ("organization", "group") and name.ref:
                bodies.add(name.ref)
            if "vnmod:с" in path or "vobl:с" in path:
                partner.update(name.states)
            elif "vnmod:между" in path:
                inside.update(name.states)
        elif "vobl:с" in path or ":со" in path:
            partner.update(name.states)
        if name.type == "person" and (":с" in path or ":со" in path):
            row["with-official" if name.office else "with-private"] = 1.0
        if "nsubj" in path:
            subject.update(name.states)
    for index in (c.token, c.predicate):
        if index < 0:
            continue
        for child in tree.children[index]:
            if tree.preposition(child) in ("с", "со"):
                row[f"with={tree.tokens[child].lemma}"] = 1.0
                row["with"] = 1.0
    row[f"inside={min(len(inside), 3)},{c.sense.group}"] = 1.0
    row["inside#"] = min(len(inside), 3) / 2
    for body in bodies:
        row[f"body={body}"] = 1.0
    row["body"] = float(bool(bodies))
    if partner and subject | (inside - partner):
        row["sides=" + ("apart" if (subject | inside) - partner else "same")] = 1.0
    elif partner:
        row["sides=partner"] = 1.0
    elif subject:
        row["sides=subject"] = 1.0
    both = subject | inside | partner
    row[f"both={min(len(both), 3)},{c.sense.group}"] = 1.0
    row["both#"] = min(len(both), 4) / 2
    # "Анкара хочет встречи Москвы и Киева": who wishes is none of those who would meet.
    row["third-party"] = float(bool(subject) and len(inside - subject) > 1 and not subject & inside)
    row["all-home"] = float(both == {reading.home})
    row["one-state"] = float(len(both) == 1)


def _say_times(row: Features, reading: Reading, c: Candidate, times: Sequence[TimeExpression]) -> None:
    """Say on which side of the publication the times of the sentence lie, and that of the nearest."""
    tree = reading.trees[c.sentence]
    low, high = reading.sentence_span(c.sentence)
    published = reading.annotated.document.published[:10]
    near = sorted((abs(t.start - c.start), t.start, t) for t in times if low <= t.start < high)
    for order, (_, _, time) in enumerate(near):
        value = time.nearest.start or time.nearest.end or ""
        cut = published[: len(value)]
        side = "past" if value < cut else "future" if value > cut else "now"
        row[f"time={side}"] = 1.0
        if order == 0:
            # "2 июня" may be the last or the next: then the verb must tell.
            told = "open" if time.needs_direction and side != "now" else side
            row[f"time-mode={told},{_mode(tree, c)}"] = 1.0
            row[f"near-time={side}"] = 1.0
            row[f"near-time={side},{time.precision}"] = 1.0
            row[f"near-time-rule={time.rule}"] = 1.0
    row["timeless"] = float(not near)


def kind_of(name: Name) -> str:
    """Name the kind of a name for the features: persons by office, organisations by what they are."""
    if name.pronoun:
        return "pronoun"
    if name.type == "person":
        return f"person:{name.office}" if name.office else "person"
    return name.type


def _say_place(row: Features, reading: Reading, c: Candidate) -> None:
    title = c.start < reading.title_stop
    row["title"] = float(title)
    row["no-title"] = float(reading.title_stop == 0)
    row["sentence#"] = min(c.sentence, 12) / 6
    row["first"] = float(c.sentence <= 1)
    row["sentences#"] = min(len(reading.trees), 40) / 20
    before = reading.body[max(0, c.start - 2) : c.start]
    after = reading.body[c.stop : c.stop + 2]
    row["quoted"] = float(any(q in before for q in '«"„“') or any(q in after for q in '»"'))
    row["said-before#"] = min(sum(tree.lemmas.count(c.lemma) for tree in reading.trees[: c.sentence]), 3) / 2
    row["document-states#"] = min(len(reading.codes), 8) / 4
