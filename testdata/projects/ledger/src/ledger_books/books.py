"""What the books say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

Amounts = dict[str, Decimal]  # by currency


@dataclass(frozen=True)
class Posting:
    """What comes to an account, or goes from it."""

    account: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Transaction:
    """Postings of a day, whose sum is nothing."""

    day: date
    text: str
    postings: list[Posting]


@v_args(inline=True)
class _Build(Transformer):
    def start(self, *transactions: Transaction) -> list[Transaction]:
        return list(transactions)

    def transaction(self, day: Token, text: Token, *lines: tuple) -> Transaction:
        try:
            return Transaction(date.fromisoformat(day), text.strip(), _balance(lines))
        except ValueError as error:
            raise ValueError(f"line {day.line}: {error}") from error

    def posting(self, account: Token, amount: Token | None, currency: Token | None) -> tuple:
        return str(account), amount and Decimal(amount), currency and str(currency)


_parser = Lark(
    files("ledger_books").joinpath("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    maybe_placeholders=True,
)


def read(text: str) -> list[Transaction]:
    """The transactions of a text; ValueError when it is wrong or does not balance."""
    try:
        return _Build().transform(_parser.parse(text + "\n"))
    except UnexpectedInput as error:
        context = error.get_context(text).rstrip()
        raise ValueError(f"line {error.line}: not understood:\n{context}") from error
    except VisitError as error:
        raise error.orig_exc from error


def _balance(lines: Iterable[tuple]) -> list[Posting]:
    """The postings, with what is missing given to the one without an amount."""
    rest: Amounts = defaultdict(Decimal)
    for _, amount, currency in lines:
        if amount is not None:
            rest[currency] -= amount
    rest = {currency: amount for currency, amount in rest.items() if amount}
    postings, open_accounts = [], [name for name, amount, _ in lines if amount is None]
    if len(open_accounts) > 1:
        raise ValueError("more than one posting without an amount")
    if rest and not open_accounts:
        missing = ", ".join(f"{amount} {currency}" for currency, amount in rest.items())
        raise ValueError(f"does not balance: {missing} missing")
    for account, amount, currency in lines:
        if amount is not None:
            postings.append(Posting(account, amount, currency))
        else:
            postings += [Posting(account, value, unit) for unit, value in rest.items()]
    return postings


def balances(transactions: Iterable[Transaction]) -> dict[str, Amounts]:
    """The sum of each account and of those above it, sorted by name."""
    sums: dict[str, Amounts] = defaultdict(lambda: defaultdict(Decimal))
    for transaction in transactions:
        for posting in transaction.postings:
            parts = posting.account.split(":")
            for end in range(1, len(parts) + 1):
                sums[":".join(parts[:end])][posting.currency] += posting.amount
    return {account: dict(sums[account]) for account in sorted(sums)}
