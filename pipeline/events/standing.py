"""What the sentences of an agreement tell of its status: their words, and the steps that it takes in them.

The words out of which a status is judged (`features.describe`) are many and rare. Here they are put in few classes,
each with whether it is done, goes on, lies ahead, is denied or is only thought of: "подписали" is sign,done, "планируют
подписать" sign,ahead, "отказались подписать" sign,not. Beside them stand the words of the whole sentence, since what
becomes of a treaty is told at its other end: "заявили, что … в одностороннем порядке".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.events.reading import is_future

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.dates import TimeExpression
    from pipeline.events.reading import Reading, Tree
    from pipeline.events.scorer import Features

_STEPS = {
    "draft": "проект разработать разрабатывать разработка готовить подготовить подготовка обсудить обсуждать "
    "обсуждение рассмотреть рассматривать рассмотрение прорабатывать проработка предложить предлагать предложение "
    "инициатива переговоры вести согласовывать",
    "agree": "достигнуть достичь достижение договориться договариваться согласовать согласование парафировать "
    "парафирование согласиться условиться одобрить одобрение утвердить утверждение поддержать решить объявить",
    "sign": "подписать подписывать подписание подписанный подписаться подпись заключить заключать заключение "
    "заключенный скрепить принять принятие обменяться оформить закрепить",
    "ratify": "ратифицировать ратификация ратификационный ратифицированный присоединиться присоединение",
    "force": "действовать действие вступить вступать вступление сила выполнять выполнение соблюдать соблюдение "
    "реализовать реализация исполнять исполнение продлить продлевать продление пролонгировать работать заработать "
    "функционировать применять применение придерживаться следовать осуществляться осуществлять предусматривать "
    "регулировать гарантировать запрещать обязывать действующий",
    "break": "нарушить нарушать нарушение игнорировать невыполнение несоблюдение обойти обвинить обвинять",
    "end": "денонсировать денонсация расторгнуть расторжение разорвать разрыв прекратить прекращение прекратиться "
    "истечь истечение истекать приостановить приостанавливать приостановка приостановление аннулировать "
    "аннулирование выйти выходить выход отозвать отмена отменить покинуть сорвать срыв провалиться завершиться",
    "renew": "возобновить возобновление возобновлять вернуться возвращение возврат восстановить восстановление",
    "refuse": "отказаться отказываться отказ отвергнуть отклонить заблокировать блокировать отложить",
    "gain": "выиграть получить закупить купить приобрести продать покупка приобретение закупка заказать",
    "cite": "соответствие рамка условие положение норма требование пункт статья правило",
    "carry": "поставить поставлять поставка передать построить строить выплатить выплачивать освободить обменять",
}
_STEP = {word: name for name, words in _STEPS.items() for word in words.split()}
_BY = frozenset("по согласно вопреки благодаря".split())  # "согласно договорённости"
_LADDER = ("draft", "agree", "sign", "ratify", "force", "end")
_AHEAD = frozenset(
    "планировать планироваться запланировать намерен намереваться намерение ожидаться ожидать готов готовый готовиться "
    "готовность предстоять намечать наметить собираться хотеть мочь возможный возможность рассчитывать надеяться "
    "обещать пообещать предложить предлагать предложение должен должный следовать нужно надо необходимо необходимость "
    "призвать призывать призыв обсудить обсуждать попытка попытаться пытаться поручить поручение стремиться желание "
    "требовать потребовать добиваться предполагать предполагаться допустить перед накануне цель".split()
)
_NEVER = frozenset("отказаться отказываться отказ отвергнуть исключить исключать невозможно невозможность".split())
_ASKED = frozenset("угроза вопрос условие случай идея план риск вероятность шанс необходимость перспектива".split())
_AFTER = frozenset("после из-за вследствие".split())
_BEFORE = frozenset("до перед для накануне".split())
_UNREAL = frozenset("бы если чтобы ли".split())
_DECIDED = frozenset("решить решение удаться успеть вынудить".split())
_REAL, _THOUGHT = frozenset({"done", "was", "now", "is", "decided"}), frozenset({"ahead", "not", "unreal"})
_TELLING = frozenset({"NOUN", "VERB", "ADJ", "ADV", "PROPN", "AUX"})
_BEYOND = 6  # words up from a mention that are asked
_OLD, _RECENT, _WEEK = 400, 60, 7  # days from the publication


def describe_mention(reading: Reading, mention: Candidate, times: Sequence[TimeExpression]) -> Features:
    """Describe what one mention says of the step; `times` are those of its sentence."""
    tree = reading.trees[mention.sentence]
    row: Features = {f"sentence={token.lemma}": 1.0 for token in tree.tokens if token.pos in _TELLING}
    _say_steps(row, reading, mention)
    _say_when(row, reading, mention, times)
    return row


def _say_steps(row: Features, reading: Reading, mention: Candidate) -> None:
    """Say which steps stand above a mention, below it, and elsewhere in its sentence and the next one."""
    tree = reading.trees[mention.sentence]
    top = tree.first_conjunct(mention.token)
    chain = [mention.token, *tree.ancestors(top, _BEYOND)]
    told: dict[int, str] = {}
    for index in dict.fromkeys(chain):
        name = _STEP.get(tree.lemmas[index])
        if name and (index != mention.token or mention.sense.part == "verb"):
            told.setdefault(index, name)
            _say(row, "up", tree, index, name)
    for index in _below(tree, mention.token):
        name = _STEP.get(tree.lemmas[index])
        if name and index not in told:
            told[index] = name
            _say(row, "below", tree, index, name)
    own = (*told, mention.token)
    row.update({f"step-there={step}": 1.0 for index, step in _steps_of(tree) if index not in own})
    for after in reading.trees[mention.sentence + 1 : mention.sentence + 2]:
        row.update({f"step-next={step}": 1.0 for _, step in _steps_of(after)})
    cited = "cite" in told.values() or tree.preposition(top) in _BY
    if cited:
        row["step-cited"] = 1.0
        row[f"step-cited,{_realis(tree, mention.predicate) if mention.predicate >= 0 else 'none'}"] = 1.0


def _steps_of(tree: Tree) -> Iterator[tuple[int, str]]:
    """Yield every step of a sentence, and whether it is real: "sign,done"."""
    for index, lemma in enumerate(tree.lemmas):
        if lemma in _STEP:
            yield index, f"{_STEP[lemma]},{_realis(tree, index)}"


def unite_mentions(rows: Sequence[Features]) -> Features:
    """Describe an agreement by its mentions: every step that any tells, the first one's, and the highest one done."""
    whole: Features = {}
    for row in rows:
        whole.update(row)
    whole["step-cited#"] = sum("step-cited" in row for row in rows) / len(rows)
    whole.update({f"first:{name}": 1.0 for name in rows[0] if name.startswith("step-up")})
    ways: dict[str, set[str]] = {}
    for told in whole:
        if told.startswith(("step-up=", "step-below=")) and "," in told:
            name, way = told[told.index("=") + 1 :].split(",", 1)
            ways.setdefault(name, set()).add(way)
    for name in ("sign", "ratify", "force", "end"):
        if found := ways.get(name, set()) & (_REAL | _THOUGHT):
            whole[f"step-real={name},{'yes' if found & _REAL else 'no'}"] = 1.0
    for way in ("done", "ahead", "not"):
        reached = next((name for name in reversed(_LADDER) if way in ways.get(name, ())), "none")
        whole[f"step-highest={reached},{way}"] = 1.0
    return whole


def _say(row: Features, where: str, tree: Tree, index: int, name: str) -> None:
    how = _realis(tree, index)
    row[f"step-{where}={name}"] = row[f"step-{where}={name},{how}"] = 1.0
    if how == "noun":
        row[f"step-{where}={name},{tree.preposition(index) or 'bare'}"] = 1.0
        verb = next((i for i in tree.ancestors(index, 4)[1:] if tree.tokens[i].pos in ("VERB", "AUX", "ADJ")), None)
        if verb is not None:
            row[f"step-{where}={name},noun,{_realis(tree, verb)}"] = 1.0


def _below(tree: Tree, index: int) -> Iterator[int]:
    """Yield the attributes and relative clauses of a noun: "подписанное соглашение", "договор, который истёк"."""
    for child in tree.children[index]:
        token = tree.tokens[child]
        if token.rel in ("acl", "acl:relcl", "amod"):
            yield child
            yield from (i for i in tree.children[child] if tree.tokens[i].rel in ("conj", "xcomp", "obl"))


def _realis(tree: Tree, index: int) -> str:
    """Say whether a word tells of what is done, goes on, lies ahead, is denied or only thought of."""
    word = tree.tokens[index]
    kids = [tree.tokens[child] for child in tree.children[index]]
    lemmas = {kid.lemma for kid in kids}
    if "не" in lemmas:
        return "not"
    if not _UNREAL.isdisjoint(lemmas):
        return "unreal"
    if any(map(is_future, (word, *(kid for kid in kids if kid.lemma == "быть")))):
        return "ahead"
    if word.pos not in ("VERB", "AUX", "ADJ"):
        return _realis_of_noun(tree, index)
    form = word.feats.get("VerbForm")
    if form == "Inf":
        above = {tree.lemmas[i] for i in tree.ancestors(index, 4)[1:]} | lemmas
        for how, words in (("not", _NEVER), ("decided", _DECIDED), ("ahead", _AHEAD)):
            if not words.isdisjoint(above):
                return how
        return "infinitive"
    if form == "Part" and word.feats.get("Variant") != "Short":
        return "was" if word.feats.get("Tense") == "Past" else "is"
    if word.feats.get("Tense") == "Past" or word.feats.get("Variant") == "Short":
        return "done"
    return "now" if word.feats.get("Tense") == "Pres" else "other"


def _realis_of_noun(tree: Tree, index: int) -> str:
    """Say the same of a noun of action, by its preposition and what it hangs on: "после выхода", "вопрос о выходе"."""
    link = tree.preposition(index)
    if link in _AFTER:
        return "done"
    if link in _BEFORE:
        return "ahead"
    for head in tree.ancestors(index, 4)[1:]:
        word = tree.tokens[head]
        if word.lemma in _NEVER:
            return "not"
        if word.lemma in _AHEAD or word.lemma in _ASKED:
            return "ahead"
        if word.pos in ("VERB", "AUX"):
            how = _realis(tree, head)
            return how if how in ("not", "unreal", "ahead") else "noun"
        if tree.preposition(head) in _AFTER:
            return "done"
    return "noun"


def _say_when(row: Features, reading: Reading, mention: Candidate, times: Sequence[TimeExpression]) -> None:
    """Say how far back or ahead the times of the sentence lie."""
    published = reading.annotated.document.published[:10]
    for time in times:
        value = time.nearest.start or time.nearest.end or ""
        if not value:
            continue
        cut = published[: len(value)]
        days = abs(_ordinal(value) - _ordinal(published))
        size = "old" if days > _OLD else "year" if days > _RECENT else "months" if days > _WEEK else "days"
        side = "before" if value < cut else "after" if value > cut else "now"
        row[f"when={side},{size}"] = row[f"when={side},{size},{mention.sense.kind}"] = 1.0
        row[f"when-bound={time.bound},{side}"] = 1.0


@lru_cache(maxsize=4096)
def _ordinal(value: str) -> int:
    year, month, day = [*map(int, value.split("-")), 1, 1][:3]
    return int(year * 365.25 + month * 30.44 + day)
