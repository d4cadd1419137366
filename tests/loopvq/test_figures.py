from __future__ import annotations

import matplotlib
import numpy as np
import torch

from melonb import loopvq
from melonb.loopvq import figures
from melonb.loopvq.model import VQVAE
from melonb.music import Loop
from melonb.training.record import Result

matplotlib.use("Agg")


def test_a_loop_is_drawn_with_its_drums_and_bass(loops: list[Loop]) -> None:
    figure = figures.rolls({"one": loops[0].roll, "silence": np.zeros((128, 93), bool)})
    drawn = [len(dots.get_offsets()) for dots in figure.axes[0].collections]
    assert drawn == [loops[0].roll[:, :84].sum(), loops[0].roll[:, 84:].sum()]


def test_diagram_shows_the_shapes_of_the_network() -> None:
    vq = loopvq.build("vq", "tiny").eval()
    assert isinstance(vq, VQVAE)
    figure = figures.diagram(vq, torch.zeros(2, 128, 93))
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "128\n×93" in words
    assert "32\n×4" in words
    assert "codebook" in words


def test_codes_usage_and_errors_are_drawn() -> None:
    assert len(figures.code_rows(np.zeros((3, 32), int), 512).axes) == 3
    rows = [{"step": i, "perplexity": 3.0, "share_of_most": 0.5} for i in range(32)]
    assert len(figures.usage(rows).axes[0].patches) == 32
    result = Result("vq-reconstruction", "loopvq/vq", "error", 0.006, (0.005, 0.007), paper=0.005)
    assert figures.errors({"VQ-VAE": result}).axes[0].get_yticklabels()[0].get_text() == "VQ-VAE"


def test_table_of_metrics_sets_the_paper_beside() -> None:
    row = {"who": "cnn", "hd": 0.00733, "fnd": 0.96, "os": None, "paper_hd": 7.33e-3}
    written = figures.metric_table([row])[0]
    assert written["HD, ‰"] == "7.33 (7.33)"
    assert (written["FND"], written["OS"], written["loops of"]) == ("0.96", "–", "cnn")


def test_moving_codebook_is_labelled_and_waits_for_the_reader() -> None:
    html = figures.moving_codebook(
        np.zeros((4, 2)), np.arange(30.0).reshape(5, 3, 2), 'eight "codes"'
    )
    assert 'aria-label="eight &quot;codes&quot;"' in html
    assert html.count('begin="indefinite"') == 6
    assert "<button" in html
