"""What the sentences of an agreement tell of its status, and what a state does in them."""

import pytest

from tests.prepared import prepare


@pytest.mark.parametrize(
    ("sentence", "steps"),
    [
        ("Иран и Армения подписали соглашение о транзите.", {"step-up=sign,done", "step-real=sign,yes"}),
        ("Иран и Армения подпишут соглашение о транзите.", {"step-up=sign,ahead", "step-real=sign,no"}),
        ("Иран планирует подписать с Арменией соглашение.", {"step-up=sign,ahead"}),
        ("Иран и Армения не подписали соглашение о транзите.", {"step-up=sign,not", "step-highest=sign,not"}),
        ("Иран отказался подписать соглашение с Арменией.", {"step-up=sign,not"}),
        ("Россия вышла из договора с США.", {"step-up=end,done", "step-real=end,yes"}),
        ("Россия решила выйти из договора с США.", {"step-up=end,decided", "step-real=end,yes"}),
        ("Россия может выйти из договора с США.", {"step-up=end,ahead", "step-real=end,no"}),
        ("Москва не исключает возможности выхода из договора с США.", {"step-up=end,ahead", "step-real=end,no"}),
        ("Договор, который действует с 2003 года, устраивает Иран.", {"step-below=force,now", "when=before,old"}),
        ("Иран соблюдает подписанное с Арменией соглашение.", {"step-below=sign,was", "step-up=force,now"}),
        ("Иран поставляет газ Армении согласно соглашению 2004 года.", {"step-cited", "step-cited,now"}),
    ],
)
def test_a_step_is_told_with_whether_it_is_real(sentence, steps):
    prepared = prepare(sentence)
    assert steps <= prepared.status_row(prepared.of("agreement"), {}).keys()


def test_all_words_of_the_sentence_count_for_an_agreement_and_nothing_more_for_a_meeting():
    prepared = prepare("Министры подписали соглашение о газе, а встреча Ирана и Армении завершилась.")
    assert "sentence=завершиться" in prepared.status_row(prepared.of("agreement"), {})
    assert prepared.status_row(prepared.of("summit")[:1], {"one": 1.0}) == {"one": 1.0}


def test_who_comments_is_told_from_who_acts():
    prepared = prepare(
        "Иран и Армения подписали соглашение, сообщил президент Турции. "
        "По словам министра Грузии, соглашение обсудили в Баку."
    )
    roles = {
        filler.value: {name.removeprefix("ever=") for name in filler.told if name.startswith("ever=")}
        for filler in prepared.fillers["states"]
    }
    assert roles["IR"] == roles["AM"] == {"acts"}
    assert roles["TR"] == roles["GE"] == {"says"}
    assert roles["AZ"] == {"in"}
