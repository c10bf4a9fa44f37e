"""Which of the times that an article names is the day of an event, if any.

Time expressions that mean the same day are one option. Every option is described by how its words stand to the
event's mentions: the verb or noun they hang on, whose step that is (signing, ratification, a statement about it),
whether the day lies on the side of the publication that the status asks for, what stands between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from pipeline.events.settled import moved_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.lexicon import Family
    from pipeline.events.reading import Reading, Tree
    from pipeline.events.scorer import Features
    from pipeline.events.slots import At, Filler

_STEPS = {
    "sign": "подписать подписывать подписание подписанный заключить заключать заключение заключенный принять принятие "
    "скрепить обменяться обмен",
    "ratify": "ратифицировать ратификация ратификационный одобрить одобрение утвердить",
    "force": "действовать вступить вступать вступление продлить продлевать продление заработать возобновить "
    "выполнять реализация реализовать",
    "expire": "истекать истечь истечение закончиться завершаться завершиться",
    "end": "денонсировать денонсация разорвать расторгнуть прекратить прекращение приостановить приостановка "
    "выйти выход отозвать покинуть отменить отложить перенести",
    "agree": "договориться договариваться согласовать достигнуть достичь достижение согласиться парафировать "
    "условиться решить",
    "say": "сообщить сообщать заявить заявлять сказать рассказать отметить отмечать говорить писать написать передать "
    "передавать объявить называть назвать напомнить подчеркнуть обвинить призвать призывать потребовать "
    "опубликовать признать предложить предлагать пообещать обещать ответить прокомментировать уточнить "
    "добавить считать поздравить утверждать предупредить упомянуть указать пояснить объяснить",
    "meet": "встретиться встречаться провести проводить пройти проходить состояться посетить посещать прибыть "
    "прибывать прилететь приехать обсудить обсуждать побеседовать поговорить созвониться принять визит встреча саммит "
    "переговоры заседание поездка собраться вылететь отправиться форум разговор беседа",
    "plan": "планировать планироваться запланировать ожидаться намерен намечать наметить готовиться предстоять "
    "назначить рассчитывать ожидать",
    "start": "начать начаться начинаться открыться стартовать",
}  # fmt: skip
_STEP = {word: name for name, words in _STEPS.items() for word in words.split()}
_AROUND = 7  # words around a time in a sentence without syntax among which its verb is sought
_BESIDE = 3  # sentences away
_NOT = re.compile(r"\bне (?:в |к |на )?$", re.IGNORECASE)
_INSTEAD = re.compile(r",? а\s")
_BEFORE = 8  # characters that hold «не» and a preposition
_SINCE = 5  # words between "впервые" and the last time
_OLD, _RECENT, _WEEK = 400, 60, 7  # days from the publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A day, month or year that the article names, with every expression that means it, the nearest first."""

    value: str
    end: str | None  # the last day, where the words tell one
    fillers: tuple[Filler, ...]


class Occasion(NamedTuple):
    """A meeting at which an agreement may have been made."""

    away: int  # sentences
    values: frozenset[str]  # options that are its day


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The event whose day is sought."""

    own: Sequence[Candidate]  # its mentions
    others: Sequence[Candidate]  # all other candidates of the article
    kind: str
    status: str
    modes: Sequence[str]  # features that say whether its mentions lie ahead
    occasions: Sequence[Occasion]
    sentences: frozenset[int] = field(init=False)  # that mention the event

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentences", frozenset([mention.sentence for mention in self.own]))

    @property
    def family(self) -> Family:
        """The family of the event."""
        return self.own[0].family


def time_value(filler: Filler, way: str | None) -> tuple[str | None, str | None]:
    """Resolve a time expression in a direction: (start, end)."""
    assert filler.time is not None
    found = filler.time.past if way == "past" else filler.time.future if way == "future" else filler.time.nearest
    return (found.start or found.end, found.end)


def options(reading: Reading, fillers: Sequence[Filler], own: Sequence[Candidate], way: str | None) -> list[Option]:
    """Gather the time expressions by what they mean for an event with these mentions, the nearest first.

    A meeting starts with the first of its days. An agreement is made some time in the days named, so that a signing in
    a visit of two days is dated by their month; or on the last of them.
    """
    rows: dict[str, list[tuple[Filler, str | None]]] = {}
    moved = _moved_to(reading, own)
    for filler in sorted(fillers, key=lambda filler: _distance(own, filler.at[0])):
        if _is_last_time(reading, filler) or _is_denied(reading, filler):
            continue
        if filler.at[0].token not in moved.get(filler.at[0].sentence, (filler.at[0].token,)):
            continue  # "намеченная на 25 ноября, перенесена на 9 декабря"
        start, end = time_value(filler, _direction(reading, filler, way))
        if start and end and start != end and own[0].family == "agreement":
            values = [next((start[:size] for size in (7, 4) if start[:size] == end[:size]), end), end]
        else:
            values = [start] if start else []
        for value in dict.fromkeys(values):
            rows.setdefault(value, []).append((filler, end))
    if moved:  # "перенесена на декабрь" in the title, on the ninth in the text
        rows = {value: row for value, row in rows.items() if not any(o != value and o.startswith(value) for o in rows)}
    return [
        Option(value=value, end=row[0][1], fillers=tuple(filler for filler, _ in row)) for value, row in rows.items()
    ]


def _is_last_time(reading: Reading, filler: Filler) -> bool:
    """Tell the time since which something has not happened: "посетил страну впервые с 2019 года"."""
    at = filler.at[0]
    lemmas = reading.trees[at.sentence].lemmas
    assert filler.time is not None
    return filler.time.bound == "since" and "впервые" in lemmas[max(0, at.token - _SINCE) : at.token]


def _is_denied(reading: Reading, filler: Filler) -> bool:
    """Tell the time that another one takes the place of: "состоится не 25 ноября, а 9 декабря"."""
    body, at = reading.body, filler.at[0]
    return bool(_INSTEAD.match(body, at.stop) and _NOT.search(body, max(0, at.start - _BEFORE), at.start))


def _moved_to(reading: Reading, own: Sequence[Candidate]) -> dict[int, list[int]]:
    """Give for each sentence that moves a meeting to another day the words of that day."""
    found: dict[int, list[int]] = {}
    for each in own:
        if each.family == "summit":
            for index in each.carriers:
                if words := moved_to(reading.trees[each.sentence], index):
                    found[each.sentence] = words
    return found


def _direction(reading: Reading, filler: Filler, way: str | None) -> str | None:
    """Say which way one expression lies: to the nearest day where its own words are against the event's way.

    "Действует до 18 мая", "истекает 17 июля" of a treaty in force, "согласовал 6 июля" in the report of a plan.
    """
    at, time = filler.at[0], filler.time
    assert time is not None
    if way not in ("past", "future") or not time.needs_direction:
        return way
    tree = reading.trees[at.sentence]
    verb = verb_above(tree, at.token)
    tense = tree.tokens[verb].feats.get("Tense") if verb >= 0 else None
    turned = tense in ("Pres", "Fut") or time.bound == "until" if way == "past" else tense == "Past"
    return None if turned else way


def _distance(own: Sequence[Candidate], at: At) -> float:
    """Count the words to the nearest mention, and fifteen for every sentence between."""
    return min(
        [
            15.0 * abs(at.sentence - m.sentence) + abs(at.token - m.token) / (1 if at.sentence == m.sentence else 3)
            for m in own
        ]
    )


def describe_options(
    reading: Reading, fillers: Sequence[Filler], event: Event, these: Sequence[Option]
) -> list[Features]:
    """Describe that no day is told, then every option; `fillers` are all times of the article."""
    times = [filler.at[0] for filler in fillers]
    published = reading.annotated.document.published[:10]
    steps = [_is_step(reading, option) for option in these]
    last = max(
        (o.value for o, step in zip(these, steps, strict=True) if step and _side(o.value, published) != "after"),
        default="",
    )
    rows = []
    for rank, option in enumerate(these):  # the nearest first
        row: Features = {"one": 1.0}
        first, *others = [_expression(reading, event, filler, times) for filler in option.fillers]
        row.update(first)
        for other in others:
            for name, value in other.items():
                known = row.get(name, 0.0)
                row[name] = value if value > known else known  # noqa: FURB136 (a call would cost more than the rest)
        _say_value(row, event, option.value, [other.value for other in these if other is not option], published)
        if steps[rank]:
            row["step-last" if option.value == last else "step-earlier"] = 1.0
        if option.fillers[0].time is not None and option.fillers[0].time.bound == "range":
            row[f"range={len(option.value)},{'closed' if _closes(reading, event) else 'open'}"] = 1.0
        row["distance#"] = min(_distance(event.own, option.fillers[0].at[0]), 90.0) / 20
        sentences = event.sentences
        row["covered#"] = len(sentences.intersection([f.at[0].sentence for f in option.fillers])) / len(sentences)
        row[f"status={event.status}"] = 1.0
        row[f"rank={min(3, rank)}"] = 1.0
        row["only"] = float(len(these) == 1)
        for occasion in event.occasions:
            if option.value in occasion.values:
                row[f"meeting={min(occasion.away, 4)}"] = row["meeting"] = 1.0
        rows.append(row)
    return [_none(event, rows), *rows]


def _none(event: Event, rows: Sequence[Features]) -> Features:
    """Describe the choice that the article does not tell the day; `rows` are those of the options."""
    return {
        "none": 1.0,
        f"none-status={event.status}": 1.0,
        f"none-kind={event.kind}": 1.0,
        f"none-same={min(sum('place=same' in row for row in rows), 3)}": 1.0,
        f"none-mentions={min(len(event.own), 4)}": 1.0,
        "none-options#": min(len(rows), 8) / 4,
        **{f"none-{mode}": 1.0 for mode in event.modes},
    }


def share_out(odds: Sequence[float]) -> list[float]:
    """Give each of some rows its probability of being the one that holds, by their log-odds; they add up to one."""
    highest = max(odds)
    raised = [exp(one - highest) for one in odds]
    total = sum(raised)
    return [one / total for one in raised]


def _say_value(row: Features, event: Event, value: str, others: Sequence[str], published: str) -> None:
    """Say on which side of the publication a day lies, and how it stands to the other days."""
    side = _side(value, published)
    days = abs(_ordinal(value) - _ordinal(published))
    size = "old" if days > _OLD else "year" if days > _RECENT else "months" if days > _WEEK else "days"
    gap = f"{side}-{size}" if side != "now" else f"now-{len(value)}"
    row[f"length={len(value)}"] = 1.0
    row[f"side={side}"] = row[f"side={side},{event.status}"] = 1.0
    row[f"gap={gap}"] = row[f"gap={gap},{event.status}"] = 1.0
    row["finer"] = float(any(other.startswith(value) for other in others))
    row["coarser"] = float(any(value.startswith(other) for other in others))


def _side(value: str, published: str) -> str:
    cut = published[: len(value)]
    return "before" if value < cut else "after" if value > cut else "now"


@lru_cache(maxsize=4096)
def _ordinal(value: str) -> int:
    year, month, day = [*map(int, value.split("-")), 1, 1][:3]
    return int(year * 365.25 + month * 30.44 + day)


def _expression(reading: Reading, event: Event, filler: Filler, times: Sequence[At]) -> Features:
    """Describe one expression: what it hangs on, and where it stands."""
    at, time = filler.at[0], filler.time
    assert time is not None
    tree = reading.trees[at.sentence]
    row: Features = {
        f"precision={time.precision}": 1.0,
        f"bound={time.bound}": 1.0,
        f"bound={time.bound},{event.status}": 1.0,
        "weak": float(time.weak),
        "open": float(time.needs_direction),
        "title": float(at.start < reading.title_stop),
        "lead": float(at.sentence <= 1),
    }
    row[f"prep={tree.preposition(at.token) or time.words.split(' ', 1)[0].lower()}"] = 1.0
    verb = verb_above(tree, at.token)
    step = "none"
    if verb >= 0:
        word = tree.tokens[verb]
        step = _STEP.get(word.lemma, "other")
        row[f"verb={word.lemma}"] = row[f"tense={word.feats.get('Tense', '')},{event.status}"] = 1.0
    place = _place(event, at)
    row[f"step={step}"] = row[f"step={step},{event.status}"] = row[f"step={step},{place}"] = 1.0
    row[f"place={place}"] = row[f"place={place},{event.status}"] = 1.0
    if place == "same":
        tie = min((_tie(tree, m, at, verb) for m in event.own if m.sentence == at.sentence), key=_TIES.index)
        _say_between(row, tree, event, at, times)
        row[f"tie={tie}"] = row[f"tie={tie},{step}"] = row[f"tie={tie},{event.status}"] = 1.0
    _say_rivals(row, event, at)
    return row


def verb_above(tree: Tree, token: int) -> int:
    """Find the verb that a time belongs to, in an unread sentence the nearest word of a known step; -1 for none."""
    found = tree.verbs_above.get(token)
    if found is None:
        found = tree.verbs_above[token] = _find_verb_above(tree, token)
    return found


def _find_verb_above(tree: Tree, token: int) -> int:
    for head in tree.ancestors(token)[1:]:
        word = tree.tokens[head]
        if word.pos in ("VERB", "AUX") or word.feats.get("VerbForm") or word.lemma in _STEP:
            return head
    if any(tree.children):
        return -1
    near = range(max(0, token - _AROUND), min(len(tree.tokens), token + _AROUND + 1))
    return min((i for i in near if tree.tokens[i].lemma in _STEP), key=lambda i: abs(i - token), default=-1)


def _place(event: Event, at: At) -> str:
    step = min((at.sentence - s for s in event.sentences), key=abs)
    if step == 0:
        return "same"
    if abs(step) == 1:
        return "previous" if step < 0 else "next"
    if abs(step) <= _BESIDE:
        return "earlier" if step < 0 else "later"
    return "long before" if step < 0 else "long after"


_TIES = ("noun", "carrier", "verb", "joined", "outside", "inside", "apart")  # the closest first


def _tie(tree: Tree, mention: Candidate, at: At, verb: int) -> str:
    """Name how a time is tied to a mention of its sentence."""
    chain = tree.ancestors(at.token)
    if mention.start <= at.start < mention.stop or mention.token in chain[:4]:
        return "noun"
    if mention.governor >= 0 and verb == mention.governor:
        return "carrier"
    if verb >= 0 and mention.predicate >= 0:
        if verb == mention.predicate:
            return "verb"
        if tree.first_conjunct(verb) == tree.first_conjunct(mention.predicate):
            return "joined"
    if verb >= 0 and verb in tree.ancestors(mention.predicate if mention.predicate >= 0 else mention.token):
        return "outside"
    return "inside" if mention.predicate in chain else "apart"


_DONE = frozenset({"sign", "ratify", "force", "agree", "end"})
_CLOSING = frozenset("завершиться завершить завершение закончиться итог результат".split())


def _is_step(reading: Reading, option: Option) -> bool:
    """Tell whether a time belongs to a word that brings an agreement further."""
    for filler in option.fillers:
        at = filler.at[0]
        tree = reading.trees[at.sentence]
        verb = verb_above(tree, at.token)
        if verb >= 0 and _STEP.get(tree.tokens[verb].lemma) in _DONE:
            return True
    return False


def _closes(reading: Reading, event: Event) -> bool:
    """Tell whether the event is told as the end of something longer."""
    return any(token.lemma in _CLOSING for s in event.sentences for token in reading.trees[s].tokens)


def _say_between(row: Features, tree: Tree, event: Event, at: At, times: Sequence[At]) -> None:
    """Say what stands between a time and the nearest mention of its sentence: commas, verbs, other times."""
    here = [m for m in event.own if m.sentence == at.sentence]
    mention = min(here, key=lambda m: abs(m.token - at.token))
    low, high = sorted((at.token, mention.token))
    inside = tree.tokens[low + 1 : high]
    side = "before" if at.token < mention.token else "after"
    row[f"order={side}"] = 1.0
    commas = min(2, sum(token.text in ",;—–" for token in inside))
    row[f"commas={commas},{side}"] = 1.0
    row[f"verbs={min(2, sum(token.pos == 'VERB' for token in inside))},{side}"] = 1.0
    if any(other.sentence == at.sentence and low < other.token < high for other in times if other != at):
        row["time-between"] = row[f"time-between,{side}"] = 1.0


def _say_rivals(row: Features, event: Event, at: At) -> None:
    """Say whether other candidates stand nearer to a time than the event does."""
    mine = min((abs(m.token - at.token) for m in event.own if m.sentence == at.sentence), default=99)
    for candidate in event.others:
        if candidate.sentence == at.sentence:
            which = "rival" if candidate.family == event.family else "occasion"
            row[f"{which}-there"] = 1.0
            if abs(candidate.token - at.token) < mine:
                row[f"{which}-nearer"] = 1.0
    if mine < 99:
        row[f"words={next(size for size in (2, 4, 7, 12, 20, 99) if mine <= size)}"] = 1.0
