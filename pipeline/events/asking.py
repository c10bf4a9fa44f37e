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
Question = tuple[tuple[str, ...], "Sequence[Features]"]  # tasks of the judge, "task.family", and rows for all of them
Asking = Generator[Question, list[Any], Result]


def ask_odds(task: str, rows: Sequence[Features]) -> Asking[list[float]]:
    """Ask for the log-odds of the second of two classes, for each row."""
    answers: list[list[float]] = yield (task,), rows
    return answers[0]


def ask_chances(rows: Sequence[Features], *tasks: str) -> Asking[list[list[float]]]:
    """Ask for the probability of the second of two classes, task by task for each row."""
    return [list(map(as_chance, odds)) for odds in (yield tasks, rows)]


def ask_shares(rows: Sequence[Features], *tasks: str) -> Asking[list[list[list[float]]]]:
    """Ask for the probability of each of several classes, task by task for each row."""
    return (yield tasks, rows)


def answer(judge: Judge, askings: Sequence[Asking[Result]]) -> list[Result]:
    """Answer all questions, those of one task together, and give what comes of each asking."""
    results: dict[int, Result] = {}
    waiting: dict[tuple[str, ...], list[tuple[int, Sequence[Features]]]] = {}

    def go_on(number: int, answers: list[Any] | None) -> None:
        try:
            tasks, rows = next(askings[number]) if answers is None else askings[number].send(answers)
        except StopIteration as end:
            results[number] = end.value
        else:
            waiting.setdefault(tasks, []).append((number, rows))

    for number in range(len(askings)):
        go_on(number, None)
    while waiting:
        # The second family of all articles waits for the first, so that its questions come together too.
        family = next(family for family in FAMILIES if any(tasks[0].endswith(family) for tasks in waiting))
        for tasks in [tasks for tasks in waiting if tasks[0].endswith(family)]:
            asked = waiting.pop(tasks)
            answers = judge.bench(tasks).answers([row for _, own in asked for row in own])
            at = 0
            for number, own in asked:
                go_on(number, [of_task[at : at + len(own)] for of_task in answers])
                at += len(own)
    return [results[number] for number in range(len(askings))]


def answer_one(judge: Judge, asking: Asking[Result]) -> Result:
    """Answer the questions of one asking alone."""
    return answer(judge, [asking])[0]
