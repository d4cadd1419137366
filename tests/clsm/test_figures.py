from __future__ import annotations

from itertools import combinations

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.text import Text

from melonb import clsm
from melonb.clsm import figures
from melonb.clsm.experiments import Point, hold, measure, planes
from melonb.clsm.fitting import ODE
from melonb.clsm.spans import Span
from melonb.corpora.corpus import Corpus
from melonb.nn.flow import Flow
from melonb.training.record import Result


@pytest.fixture(autouse=True)
def _close() -> object:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_the_mask_names_its_parts() -> None:
    axes = figures.mask(Span(32, 64)).axes[0]
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names == ["left context", "target", "right context"]
    last = figures.mask(Span(96, 128)).axes[0]
    assert len(last.get_xticklabels()) == 2


def test_the_other_pictures(corpus: Corpus) -> None:
    torch.manual_seed(0)
    net, judge = clsm.build("clsm", "tiny"), clsm.build("judge", "tiny").eval()
    rows = figures.anatomy(net).axes[0].get_yticklabels()
    assert "encoder.layers" in [label.get_text() for label in rows]
    flow = Flow(2, hidden=8)
    assert len(figures.bent_grid(lambda points: flow(points).point).axes) == 2
    results = measure("clsm", net, corpus, limit=4, judge=judge)  # type: ignore[arg-type]
    smooth = [result for result in results if result.figure.startswith("R(")]
    assert len(figures.ratios({"CLSM": smooth}).axes) == 1
    point = Point("clsm", 0.012, net, {})
    drawn = figures.planes(planes([point], hold(corpus, limit=4), judge))  # type: ignore[arg-type]
    assert len(drawn.axes) == 2


def test_all_but_the_target_is_shaded() -> None:
    drawn = figures.fillings({"tune": ODE, "up": ODE.transpose(2)}, (2, 4))
    assert [axes.get_ylabel() for axes in drawn.axes] == ["tune", "up"]
    *notes, left, right = drawn.axes[0].patches
    assert len(notes) == len(ODE.pitches)
    assert (left.get_x(), left.get_width()) == (0, 32)
    assert (right.get_x(), right.get_width()) == (64, 64)


def test_points_whose_paths_were_all_left_out_are_not_drawn() -> None:
    nothing = {"case": "all", "divisions": 2, "value": None, "low": None, "high": None, "n": 0}
    result = Result("clsm-r2", "clsm/clsm", "R(2)", rows=(nothing,))
    assert len(figures.ratios({"CLSM": [result]}).axes[0].lines) >= 1
    about = {"model": "clsm", "weight": 0.5, "accuracy": 0.6, "budget": {}, "figure": "R(2)"}
    empty = Result("planes", "clsm/clsm", "Fig. 3b", rows=({**about, **nothing},))
    assert len(figures.planes(empty, "all").axes) == 2


def test_no_weight_is_written_over_another_though_points_coincide() -> None:
    about = {"case": "all", "model": "clsm", "budget": {}, "figure": "R(2)", "accuracy": 0.7}
    near = [{**about, "weight": w, "value": 0.6} for w in (0.004, 0.012, 0.016)]
    far = {**about, "model": "vae", "weight": 1.0, "accuracy": 0.5, "value": 0.9}
    drawn = figures.planes(Result("planes", "clsm/clsm", "Fig. 3b", rows=(*near, far)), "all")
    drawn.canvas.draw()
    told = figures.planes_in_words(
        Result("planes", "clsm/clsm", "Fig. 3b", rows=(*near, far)), "all"
    )
    assert told.endswith("; VAE 1 at accuracy 0.50: R(2) 0.90")
    left = drawn.axes[0]
    boxes = [Text.get_window_extent(text) for text in left.texts]
    assert sorted(text.get_text() for text in left.texts) == ["0.004", "0.012", "0.016", "1"]
    assert not any(one.overlaps(two) for one, two in combinations(boxes, 2))
    assert all(left.bbox.x1 >= box.x1 for box in boxes), "a weight leaves the plane"
