"""A decoder that runs in the page, beside the same weights in PyTorch."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import melonb
from melonb import lab
from melonb.errors import UsageError
from melonb.lab.decoder import PageDecoder
from melonb.music import Melody

TUNES = [Melody([60, 128, 62, 128, 64, 129, 65, 128] * 4), Melody([72, 128, 128, 128] * 8)]
BUILT = "document.querySelector('melonb-decoder').built"


@pytest.fixture(scope="module")
def element() -> PageDecoder:
    return lab.decoder(melonb.load("musicvae/mel-2bar"), *TUNES, label="Between two tunes")


def test_rounding_keeps_the_weights_close(element: PageDecoder) -> None:
    full, rounded = melonb.load("musicvae/mel-2bar").net, element.instrument.net
    for name, weight in full.cores[0].named_parameters():
        if weight.dim() == 2:
            near = dict(rounded.cores[0].named_parameters())[name]
            assert (weight - near).abs().max() <= 0.51 * weight.abs().max() / 45
    assert 100_000 < element.bytes < 400_000


def test_only_small_flat_models_of_one_melody_fit() -> None:
    for name in ("musicvae/mel-16bar", "musicvae/drums-2bar"):
        model = melonb.load(name)
        with pytest.raises(UsageError, match="does not fit into a page"):
            lab.decoder(model, *TUNES, label="Large")


@pytest.mark.browser
def test_the_page_says_what_the_model_says(element: PageDecoder, open_page: Any) -> None:
    page = open_page(element.html)
    points = torch.randn(40, 96, generator=torch.Generator().manual_seed(0))
    ours = element.instrument.net.generate(points, 0.0)[..., 0].tolist()
    theirs = page.evaluate(
        f"(points) => points.map((z) => Array.from({BUILT}.core.unroll(Float32Array.from(z))))",
        points.tolist(),
    )
    same = [one == other for one, other in zip(ours, theirs, strict=True)]
    assert sum(same) >= 39  # two sums in another order may part at a tie


@pytest.mark.browser
def test_the_walk_begins_and_ends_at_the_tunes(element: PageDecoder, open_page: Any) -> None:
    page = open_page(element.html)

    def shown() -> list[tuple[int, int]]:
        notes = page.locator("rect.note").all()
        return sorted(
            (int(n.get_attribute("data-start")), int(n.get_attribute("data-value"))) for n in notes
        )

    def decoded(tune: Melody) -> list[tuple[int, int]]:
        model = element.instrument
        notes = model.decode(model.encode(tune).mean, temperature=0.0)[0].to_roll_json()
        return sorted((start, pitch) for start, _, pitch in notes["tracks"][0]["notes"])

    assert shown() == decoded(TUNES[0])
    slider = page.get_by_label("from first to last")
    slider.focus()
    page.keyboard.press("End")
    assert shown() == decoded(TUNES[1])
    page.keyboard.press("Home")
    assert shown() == decoded(TUNES[0])


@pytest.mark.browser
def test_points_are_drawn_from_the_prior_and_can_be_had_again(
    element: PageDecoder, open_page: Any
) -> None:
    page = open_page(element.html)
    page.get_by_role("button", name="New last tune").click()
    assert "A new last point" in page.locator(".status").inner_text()
    assert page.get_by_label("from first to last").input_value() == "1"
    z = torch.tensor(page.evaluate(f"Array.from({BUILT}.ends[1])"))
    assert abs(z.mean()) < 0.4
    assert 0.7 < z.std() < 1.3
    page.get_by_label("temperature").fill("1")
    once = page.evaluate(f"{BUILT}.symbols()")
    assert page.evaluate(f"{BUILT}.symbols()") == once
    page.get_by_label("temperature").fill("0")
    assert page.evaluate(f"{BUILT}.symbols()") != once


@pytest.mark.browser
def test_a_warm_point_has_more_than_one_tune(element: PageDecoder, open_page: Any) -> None:
    page = open_page(element.html)
    tunes = page.evaluate(
        f"""() => {{ let n = 0;
        const draw = (warmth) => {BUILT}.core.unroll({BUILT}.ends[0], warmth,
          () => (n = (n + 0.618034) % 1)).join();
        const count = (warmth) => new Set(Array.from({{ length: 20 }}, () => draw(warmth))).size;
        return [count(0), count(1)];
        }}"""
    )
    assert tunes[0] == 1
    assert tunes[1] > 1
