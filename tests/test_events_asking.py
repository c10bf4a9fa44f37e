from pipeline.events.asking import answer, answer_one, ask_chances, ask_odds, ask_shares


class Court:
    """A judge that answers for each task with its first letter and the value of the row, and keeps how many it saw."""

    def __init__(self):
        self.asked = []

    def bench(self, tasks):
        self.tasks = tasks
        return self

    def answers(self, rows):
        self.asked.append((self.tasks, len(rows)))
        return [[row["x"] if task.startswith("judge") else (task[0], row["x"]) for row in rows] for task in self.tasks]


def both(summits, agreements):
    first = yield from ask_odds("judge.summit", [{"x": x} for x in summits])
    (second,) = yield from ask_chances([{"x": x} for x in agreements], "judge.agreement")
    return first, second


def agreements_alone(agreements):
    return (yield from ask_odds("judge.agreement", [{"x": x} for x in agreements]))


def nothing():
    return "done"
    yield


def test_questions_of_one_task_are_answered_together_and_each_asker_gets_its_own():
    court = Court()
    found = answer(court, [both([1.0, 2.0], [0.0]), agreements_alone([5.0]), nothing(), both([3.0], [])])
    assert found == [([1.0, 2.0], [0.5]), [5.0], "done", ([3.0], [])]
    assert court.asked == [(("judge.summit",), 3), (("judge.agreement",), 2)]
    assert answer(court, []) == []


def test_tasks_of_the_same_rows_are_asked_about_together():
    kinds, statuses = answer_one(Court(), ask_shares([{"x": 1}, {"x": 2}], "kind.summit", "status.summit"))
    assert (kinds, statuses) == ([("k", 1), ("k", 2)], [("s", 1), ("s", 2)])
