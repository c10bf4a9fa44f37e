"""Questions to the judge, asked for many articles side by side, so that the rows of one task are scored at once.

Whoever needs scores of the judge is a generator that yields a question and is sent the answer; `answer` runs such
generators until they end. A batch of articles takes half the time that each would take alone.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.events.lexicon import FAMILIES
from pipeline.events.scorer import as_chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.judge import Judge
    from pipeline.events.scorer import Features

Result = TypeVar("Result")
Question = tuple[str, "Sequence[Features]"]  # a task of the judge, "task.family", and rows for it
Asking = Generator[Question, list[Any], Result]


def ask_odds(task: str, rows: Sequence[Features]) -> Asking[list[float]]:
    """Ask for the log-odds of the second of two classes, for each row."""
    return (yield task, rows)


def ask_chances(task: str, rows: Sequence[Features]) -> Asking[list[float]]:
    """Ask for the probability of the second of two classes, for each row."""
    return list(map(as_chance, (yield task, rows)))


def ask_shares(task: str, rows: Sequence[Features]) -> Asking[list[list[float]]]:
    """Ask for the probability of each of several classes, for each row."""
    return (yield task, rows)


def answer(judge: Judge, askings: Sequence[Asking[Result]]) -> list[Result]:
    """Answer all questions, those of one task together, and give what comes of each asking."""
    results: dict[int, Result] = {}
    waiting: dict[str, list[tuple[int, Sequence[Features]]]] = {}

    def go_on(number: int, answers: list[Any] | None) -> None:
        try:
            task, rows = next(askings[number]) if answers is None else askings[number].send(answers)
        except StopIteration as end:
            results[number] = end.value
        else:
            waiting.setdefault(task, []).append((number, rows))

    for number in range(len(askings)):
        go_on(number, None)
    while waiting:
        # The second family of all articles waits for the first, so that its questions come together too.
        family = next(family for family in FAMILIES if any(task.endswith(family) for task in waiting))
        for task in [task for task in waiting if task.endswith(family)]:
            asked, scorer = waiting.pop(task), judge.scorers[task]
            rows = [row for _, own in asked for row in own]
            answers = scorer.odds(rows) if len(scorer.classes) == 2 else scorer.probabilities(rows).tolist()
            at = 0
            for number, own in asked:
                go_on(number, answers[at : at + len(own)])
                at += len(own)
    return [results[number] for number in range(len(askings))]


def answer_one(judge: Judge, asking: Asking[Result]) -> Result:
    """Answer the questions of one asking alone."""
    return answer(judge, [asking])[0]
