"""What needs a server."""

import os

import pytest

from orders import database
from orders.web import create_app

URL = os.environ.get("TEST_DATABASE_URL")
pytestmark = pytest.mark.skipif(not URL, reason="needs TEST_DATABASE_URL")


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Begin with no orders."""
    with database.connect(URL) as connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists orders")
        database.migrate(connection)
        database.migrate(connection)


def test_orders_are_placed_and_shipped() -> None:
    with database.connect(URL) as connection:
        tea = database.place(connection, " tea ", 3)
        database.place(connection, "cups", 2)
    with database.connect(URL) as connection:
        assert database.ship(connection, tea.id).shipped
        assert [order.article for order in database.open_orders(connection)] == ["cups"]
        with pytest.raises(LookupError):
            database.ship(connection, tea.id)


@pytest.mark.parametrize(("article", "quantity"), [("", 1), (" ", 1), ("tea", 0)])
def test_nothing_is_no_order(article: str, quantity: int) -> None:
    with database.connect(URL) as connection, pytest.raises(ValueError, match="cannot order"):
        database.place(connection, article, quantity)


def test_web() -> None:
    client = create_app(URL).test_client()
    answer = client.post("/orders", json={"article": "tea", "quantity": 3})
    assert (answer.status_code, answer.json["quantity"]) == (201, 3)
    assert [order["article"] for order in client.get("/orders").json] == ["tea"]
    assert client.get("/healthz").json["server"]
    assert client.post("/orders", json={"article": "", "quantity": 3}).status_code == 422
