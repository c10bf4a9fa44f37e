from pipeline.events.asking import answer, answer_one, ask_chances, ask_odds, ask_shares


class Scored:
    """Gives every row its value, and keeps how many rows came at once."""

    def __init__(self, classes):
        self.classes, self.asked = classes, []

    def odds(self, rows):
        self.asked.append(len(rows))
        return [row["x"] for row in rows]

    def probabilities(self, rows):
        import numpy as np

        return np.array([(row["x"], 0.0, 1 - row["x"]) for row in rows])


class Court:
    def __init__(self):
        self.scorers = {
            "judge.summit": Scored(("no", "yes")),
            "judge.agreement": Scored(("no", "yes")),
            "kind.summit": Scored(("a", "b", "c")),
        }


def both(summits, agreements):
    first = yield from ask_odds("judge.summit", [{"x": x} for x in summits])
    second = yield from ask_chances("judge.agreement", [{"x": x} for x in agreements])
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
    assert court.scorers["judge.summit"].asked == [3]
    assert court.scorers["judge.agreement"].asked == [2]
    assert answer(court, []) == []


def test_one_asker_alone_is_answered_as_well():
    assert answer_one(Court(), ask_shares("kind.summit", [{"x": 0.25}])) == [[0.25, 0.0, 0.75]]
