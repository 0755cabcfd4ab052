from datetime import date, timedelta

from poems import anthology


def test_each_has_its_turn() -> None:
    choice = list(anthology.poems().values())
    first = date(2024, 2, 28)
    days = [first + timedelta(n) for n in range(len(choice))]
    assert {anthology.of_day(day, choice) for day in days} == set(choice)


def test_poems_are_whole() -> None:
    assert len(anthology.poems()) >= 3
    for slug, poem in anthology.poems().items():
        assert slug.strip("-") == slug
        assert poem.stanzas
        assert all(stanza == stanza.strip() for stanza in poem.stanzas)
