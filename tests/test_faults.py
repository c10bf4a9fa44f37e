"""The core of the fault campaign; `make faults` plays the whole."""

import pytest

from tests.faults.cases import CASES, Skipped
from tests.faults.workshop import workshop


@pytest.fixture(scope="module")
def shop():
    with workshop() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case.core], ids=lambda case: case.name)
def test_fault(case, shop):
    try:
        case.play(shop, case.core)
    except Skipped as reason:
        pytest.skip(str(reason))
