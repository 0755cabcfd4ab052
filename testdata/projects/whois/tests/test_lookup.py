import pytest

from whois_server.lookup import Domain, Network, lookup


@pytest.mark.parametrize("query", ["BÜCHER.example.", "xn--bcher-kva.example"])
def test_domain(query: str) -> None:
    expected = Domain("bücher.example", "xn--bcher-kva.example", "RFC 6761")
    assert lookup(query) == expected


def test_address() -> None:
    assert lookup("8.8.4.4") == Network(
        "8.8.4.4/32", "8.8.4.4", "8.8.4.4", "4.4.8.8.in-addr.arpa", None
    )


def test_range() -> None:
    assert lookup("10.1.2.3/16") == Network(
        "10.1.0.0/16", "10.1.0.0", "10.1.255.255", None, "private use, RFC 1918"
    )


@pytest.mark.parametrize(
    ("query", "special_use"),
    [
        ("printer.home.arpa", "RFC 8375"),
        ("myexample.com", None),
        ("255.255.255.255", "limited broadcast, RFC 919"),
        ("255.255.255.254", "reserved, RFC 1112"),
        ("8.0.0.0/5", None),
        ("2001:db8:1::/48", "documentation, RFC 3849"),
    ],
)
def test_special_use(query: str, special_use: str | None) -> None:
    assert lookup(query).special_use == special_use


@pytest.mark.parametrize(
    "query", ["", ".", "a..b", "-a.org", "a b.org", "10.0.0", "::/129", "x" * 64]
)
def test_neither(query: str) -> None:
    with pytest.raises(ValueError):
        lookup(query)
