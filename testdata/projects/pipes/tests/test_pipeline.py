from pathlib import Path

import pytest

from pipe_runner.pipeline import Pipeline, apply, load

CITIES = [
    {"name": "Wien", "people": "2000000"},
    {"name": "Graz", "people": "300000.5"},
    {"name": "Linz", "people": "210000"},
]


def test_load(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('source = "a.csv"\n[[step]]\ndo = "drop"\nfield = "x"\n')
    assert load(file) == Pipeline("a.csv", "-", [{"do": "drop", "field": "x"}])


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", "'source' is a required property"),
        ("source = 1\nsauce = 2", "'sauce' was unexpected.*source: 1 is not of type"),
        ('source = "x"\n[[step]]\ndo = "fly"\nfield = "x"', r"step\[0\].do: 'fly' is not one"),
        ('source = "x"\n[[step]]\ndo = "rename"\nfield = "x"', "'to' is a required"),
        ("source", "Expected '='"),
    ],
)
def test_wrong_pipelines_are_explained(tmp_path: Path, text: str, want: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=want):
        load(file)


def test_steps() -> None:
    steps = [
        {"do": "number", "field": "people"},
        {"do": "keep", "field": "people", "least": 250000},
        {"do": "sort", "field": "people"},
        {"do": "rename", "field": "name", "to": "city"},
    ]
    assert apply(CITIES, steps) == [
        {"city": "Graz", "people": 300000.5},
        {"city": "Wien", "people": 2000000},
    ]
    assert apply(CITIES, [{"do": "keep", "field": "name", "is": "Linz"}]) == CITIES[2:]
    assert apply(CITIES[:1], [{"do": "drop", "field": "people"}]) == [{"name": "Wien"}]


@pytest.mark.parametrize(
    ("step", "want"),
    [
        ({"do": "sort", "field": "area"}, "sort area: no field 'area'"),
        ({"do": "number", "field": "name"}, "number name: could not convert"),
        ({"do": "keep", "field": "people", "least": 1}, "keep people: '>=' not supported"),
    ],
)
def test_records_that_do_not_fit(step: dict, want: str) -> None:
    with pytest.raises(ValueError, match=want):
        apply(CITIES, [step])
