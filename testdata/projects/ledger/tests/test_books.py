from datetime import date
from decimal import Decimal

import pytest

from ledger_books.books import Posting, Transaction, balances, read

BOOKS = """\
; the year begins
2024-01-01 Opening ; with what is there
\tassets:bank  100 EUR
\tassets:bank  20 USD
\tequity

2024-02-29 Tea house
    expenses:food:tea  12.40 EUR  ; green
    assets:bank
"""


def test_what_is_missing_goes_to_the_open_posting() -> None:
    opening, tea = read(BOOKS)
    assert opening.text == "Opening"
    assert opening.postings[2:] == [
        Posting("equity", Decimal(-100), "EUR"),
        Posting("equity", Decimal(-20), "USD"),
    ]
    postings = [
        Posting("expenses:food:tea", Decimal("12.40"), "EUR"),
        Posting("assets:bank", Decimal("-12.40"), "EUR"),
    ]
    assert tea == Transaction(date(2024, 2, 29), "Tea house", postings)


def test_balances_count_for_the_accounts_above() -> None:
    sums = balances(read(BOOKS))
    assert list(sums)[:2] == ["assets", "assets:bank"]
    assert sums["assets"] == {"EUR": Decimal("87.60"), "USD": Decimal(20)}
    assert sums["expenses"] == sums["expenses:food:tea"] == {"EUR": Decimal("12.40")}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2024-02-29 Tea\n  a  1 EUR\n  b  -2 EUR\n", "line 1: does not balance: 1 EUR"),
        ("\n2024-02-29 Tea\n  a\n  b\n", "line 2: more than one"),
        ("2024-02-30 Tea\n  a 1 EUR\n  b\n", "line 1: day"),
        ("2024-02-29 Tea\n  a one\n", "line 2: not understood"),
        ("2024-02-29 Tea\n", "line [12]: not understood"),
    ],
)
def test_wrong_books_are_explained(text: str, want: str) -> None:
    with pytest.raises(ValueError, match=want):
        read(text)


def test_no_books() -> None:
    assert read("") == read("\n ; nothing\n") == []
