"""Figures say what the result files say."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from melonb import ec2vae
from melonb.ec2vae import figures
from melonb.training import Result

MODELS = ("8bar-plain", "8bar-long")


@pytest.fixture
def results() -> list[Result]:
    kinds = ("accuracy", "accuracy-rhythm", "form-0.8", "form-1.3")
    return [
        Result(f"{model}-{kind}", f"ec2vae/{model}", kind, 0.5, (0.4, 0.6), paper=0.9)
        for model in MODELS
        for kind in kinds
    ]


@pytest.fixture(autouse=True)
def closing() -> object:
    yield
    plt.close("all")


def test_table(results: list[Result]) -> None:
    row = figures.accuracy_table(results, MODELS)[1]
    assert row["model"] == "8bar-long"
    assert row["accuracy"] == "0.500 (0.400 to 0.600)"
    assert row["rhythm, paper"] == "0.900"


def test_table_1_and_variations_draw_every_model(results: list[Result]) -> None:
    left = figures.table_1(results, MODELS).axes[0]
    assert [text.get_text() for text in left.get_yticklabels()] == list(MODELS)
    drawn = figures.variations(results, {"a": "8bar-plain", "b": "8bar-long"})
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["a", "b"]


def test_curves_and_transpositions() -> None:
    curve = Result("c", "m", "f", rows=({"step": 1, "accuracy": 0.1, "rhythm": 0.2},))
    assert figures.curves({"one": curve}).axes[0].lines[0].get_ydata().tolist() == [0.1]
    rows = tuple({"semitones": s, "pitch": 2.0, "rhythm": 1.0} for s in range(1, 13))
    moved = figures.transpositions({"one": Result("t", "m", "f", 2.0, rows=rows)})
    assert "ratio 2.0" in moved.axes[0].get_title()


def test_the_diagram_names_every_part() -> None:
    net = ec2vae.build("8bar-hierarchical", "tiny")
    words = " ".join(text.get_text() for text in figures.diagram(net).axes[0].texts)
    assert all(name.replace("_", " ") in words for name, _ in net.named_children())
