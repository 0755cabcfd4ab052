"""What a domain name or an IP range tells of itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_network

import idna

_SPECIAL = tomllib.loads(files(__package__).joinpath("special.toml").read_text("utf-8"))
_NAMES: dict[str, str] = _SPECIAL["names"]
_BLOCKS = {ip_network(block): use for block, use in _SPECIAL["blocks"].items()}


@dataclass(frozen=True)
class Domain:
    """A host name, as people read it and as DNS carries it."""

    domain: str
    ascii: str
    special_use: str | None


@dataclass(frozen=True)
class Network:
    """A range of addresses; a single address is a range of one."""

    network: str
    first: str
    last: str
    reverse: str | None
    special_use: str | None


def lookup(query: str) -> Domain | Network:
    """Read the query as a network or else as a name; a ValueError says why not."""
    try:
        return parse_network(query)
    except ValueError:
        return parse_domain(query)


def parse_domain(text: str) -> Domain:
    """Read a host name such as www.example.org."""
    wire = idna.encode(text.rstrip("."), uts46=True).decode("ascii")
    labels = wire.split(".")
    if labels[-1].isdecimal():
        raise ValueError(f"neither a network nor a name: {text!r}")
    suffixes = (".".join(labels[start:]) for start in range(len(labels)))
    special_use = next((_NAMES[name] for name in suffixes if name in _NAMES), None)
    return Domain(idna.decode(wire), wire, special_use)


def parse_network(text: str) -> Network:
    """Read an address or a range such as 10.1.0.0/16."""
    network = ip_network(text, strict=False)
    first, last = network[0], network[-1]
    around = [block for block in _BLOCKS if first in block and last in block]
    smallest = max(around, key=lambda block: block.prefixlen, default=None)
    return Network(
        network=str(network),
        first=str(first),
        last=str(last),
        reverse=first.reverse_pointer if first == last else None,
        special_use=_BLOCKS[smallest] if smallest else None,
    )
