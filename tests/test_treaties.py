"""The table of named treaties, and what the events learn from it."""

from __future__ import annotations

import re
from datetime import date

import pycountry
import pytest

from pipeline.gazetteer.treaties import FOR_EVER, treaties, treaty_of
from tests.prepared import prepare


def test_every_row_is_sound():
    slugs = [treaty.slug for treaty in treaties()]
    assert len(slugs) == len(set(slugs))
    for treaty in treaties():
        assert re.fullmatch(r"[a-z0-9-]+", treaty.slug)
        date.fromisoformat(treaty.date)
        assert treaty.ended == FOR_EVER or date.fromisoformat(treaty.ended) > date.fromisoformat(treaty.date)
        assert all(code == "XK" or pycountry.countries.get(alpha_2=code) for code in treaty.parties), treaty.slug


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("продлить зерновую сделку ещё на 60 дней", "black-sea-grain"),
        ("Минских соглашений", "minsk-agreements"),
        ("Шенгенского соглашения", "schengen"),
        ("соглашение о поставках газа", None),
    ],
)
def test_a_treaty_is_known_by_its_words(words, slug):
    found = treaty_of(words)
    assert (found.slug if found else None) == slug


def test_the_phase_of_a_treaty_depends_on_the_day():
    deal = treaty_of("зерновая сделка")
    assert [deal.phase(day) for day in ("2022-07-01", "2022-07-22", "2023-07-16", "2023-07-17")] == [
        "before", "running", "running", "ended",
    ]  # fmt: skip


def test_an_agreement_that_has_a_name_lends_its_time_and_sides():
    text = "Эрдоган обсудит с Путиным зерновую сделку, заявили в Анкаре. Её заключили 22 июля 2022 года."
    prepared = prepare(text, "2023-09-01")
    (deal,) = (i for i in prepared.of("agreement") if "сделк" in prepared.candidates[i].lemma)
    assert {"treaty=black-sea-grain", "treaty-phase=ended"} <= prepared.status_row([deal], {}).keys()
    rows = prepared.slot_rows([deal], "states", {})
    assert {f.value for f, row in zip(prepared.fillers["states"], rows, strict=True) if "party" in row} == {"RU", "TR"}
    days, rows = prepared.date_rows([deal], "agreement", "signed")
    assert [day.value for day, row in zip(days, rows[1:], strict=True) if "treaty-concluded" in row] == ["2022-07-22"]


def test_an_agreement_without_a_name_has_neither():
    prepared = prepare("Иран и Армения подписали соглашение о поставках газа.")
    numbers = prepared.of("agreement")
    assert prepared.treaty(numbers) is None
    assert not any(name.startswith("treaty") for name in prepared.status_row(numbers, {}))
