import os

import pytest

from pipeline.workers import AHEAD, map_batches


def square(numbers):
    return [number * number for number in numbers]


def die_of_seven(numbers):
    if 7 in numbers:
        os._exit(9)
    return square(numbers)


def refuse_seven(numbers):
    if 7 in numbers:
        raise ValueError("seven")
    return numbers


def threads(numbers):
    return [os.environ["OPENBLAS_NUM_THREADS"] for _ in numbers]


def test_answers_come_in_order():
    assert list(map_batches(square, range(50), workers=2, batch=4, dead=str)) == [n * n for n in range(50)]


def test_no_more_is_read_than_is_needed():
    taken = []

    def numbers():
        for number in range(1000):
            taken.append(number)
            yield number

    walk = map_batches(square, numbers(), workers=2, batch=2, dead=str)
    assert next(walk) == 0
    walk.close()
    assert len(taken) == AHEAD * 2 * 2


def test_what_kills_its_process_costs_itself_alone():
    found = list(map_batches(die_of_seven, range(12), workers=2, batch=3, dead=lambda number: f"dead {number}"))
    assert found == [n * n if n != 7 else "dead 7" for n in range(12)]


def test_an_exception_reaches_the_caller():
    with pytest.raises(ValueError, match="seven"):
        list(map_batches(refuse_seven, range(12), workers=2, batch=3, dead=str))


def test_processes_use_one_blas_thread_and_leave_the_environment_alone(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert set(map_batches(threads, range(4), workers=2, batch=1, dead=str)) == {"1"}
    assert "OPENBLAS_NUM_THREADS" not in os.environ
