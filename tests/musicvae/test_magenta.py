"""The layers give magenta's numbers from magenta's variables."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import melonb
from melonb.cli import main
from melonb.errors import CheckpointError, UsageError
from melonb.music import Melody
from melonb.musicvae import magenta
from melonb.musicvae.model import MusicVAE, Sizes
from melonb.musicvae.presets import Configuration
from melonb.musicvae.streams import Stream

GOLDEN = Path(__file__).parent / "golden"
MELODY, BASS, DRUMS = Stream("melody", 90), Stream("bass", 90), Stream("drums", 512)
SMALL = {"latent": 4, "encoder": 5, "conductor": 6, "embedding": 0, "decoder": 7}
CASES = {
    "flat": Sizes((MELODY,), 2, False, encoder_layers=1, **SMALL),
    "hierarchical": Sizes((MELODY,), 3, True, previous_bar=True, **SMALL),
    "trio": Sizes((MELODY, BASS, DRUMS), 2, True, previous_bar=True, **SMALL),
}


def variables(archive):
    return {name[4:]: archive[name] for name in archive.files if name.startswith("var:")}


def close(ours, theirs):
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_layers_agree_with_plain_numpy(name):
    archive = np.load(GOLDEN / f"{name}.npz")
    model = magenta.load(MusicVAE(CASES[name]), variables(archive))
    tokens = torch.from_numpy(archive["tokens"].astype(np.int64))
    posterior = model.encode(tokens)
    close(posterior.mean, archive["mu"])
    close(posterior.std, archive["sigma"])
    close(posterior.kl(), archive["kl"])
    for i, scores in enumerate(model.logits(posterior.mean, tokens)):
        close(scores, archive[f"logits_{i}"])


@pytest.mark.skipif("MELONB_GOLDEN" not in os.environ, reason="MELONB_GOLDEN names no folder")
@pytest.mark.parametrize("name", ["flat", "hierdec"])
def test_layers_agree_with_magenta_itself(name):
    archive = np.load(Path(os.environ["MELONB_GOLDEN"]) / f"magenta_{name}.npz")
    flat = name == "flat"
    sizes = Sizes(
        (MELODY,),
        2 if flat else 16,
        not flat,
        latent=16,
        encoder=20,
        encoder_layers=1 if flat else 2,
        conductor=24,
        embedding=0,
        decoder=24,
        previous_bar=True,
    )
    model = magenta.load(MusicVAE(sizes), variables(archive))
    tokens = torch.from_numpy(archive["x"].argmax(-1)).unsqueeze(-1)
    posterior = model.encode(tokens)
    close(posterior.mean, archive["mu"])
    close(posterior.std, archive["sigma"])
    close(posterior.kl(), archive["kl"])
    close(model.logits(posterior.mean, tokens)[0], archive["logits"])


def test_names_may_end_in_zero():
    archive = variables(np.load(GOLDEN / "flat.npz"))
    model = MusicVAE(CASES["flat"])
    magenta.load(model, {f"{name}:0": value for name, value in archive.items()})


def test_a_checkpoint_of_another_size_is_refused():
    archive = variables(np.load(GOLDEN / "flat.npz"))
    with pytest.raises(CheckpointError, match="should be"):
        magenta.load(MusicVAE(Sizes((MELODY,), 2, False, encoder_layers=1, latent=3)), archive)


def test_a_checkpoint_of_another_model_is_refused():
    archive = variables(np.load(GOLDEN / "flat.npz"))
    with pytest.raises(CheckpointError, match="no variable"):
        magenta.load(MusicVAE(CASES["hierarchical"]), archive)


def test_without_tensorflow_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow", None)
    monkeypatch.setitem(__import__("sys").modules, "tensorflow.train", None)
    with pytest.raises(CheckpointError, match="Colab"):
        magenta.read("mel.ckpt")


def test_a_released_checkpoint_plays_reconstructs_and_interpolates(monkeypatch):
    archive = variables(np.load(GOLDEN / "hierarchical.npz"))
    small = Configuration(CASES["hierarchical"])
    monkeypatch.setitem(magenta.CONFIGURATIONS, "hierdec-mel_16bar", ("mel-16bar", small))
    monkeypatch.setattr(magenta, "read", lambda checkpoint: archive)
    player = magenta.instrument("hierdec-mel_16bar", "mel.ckpt")
    assert (player.name, player.bars, player.accepts) == ("magenta/hierdec-mel_16bar", 3, Melody)
    one, other = player.sample(2, temperature=1.0, seed=1)
    assert one != other
    assert player.reconstruct(one).bars == 3
    walk = player.interpolate(one, other, 3)
    assert [walk[0], walk[2]] == [player.reconstruct(one), player.reconstruct(other)]

    with pytest.raises(UsageError, match="no vector of density"):
        player.attribute(one, "density", 1.0)
    player.find_attributes(player.sample(8, temperature=1.0, seed=2))
    assert player.direction("density").any()
    assert len(player.turned(one, "density")) == 7


def test_a_released_checkpoint_serves_as_weights(monkeypatch, tmp_path, capsys):
    archive = variables(np.load(GOLDEN / "hierarchical.npz"))
    small = Configuration(CASES["hierarchical"])
    monkeypatch.setitem(magenta.CONFIGURATIONS, "hierdec-mel_16bar", ("mel-16bar", small))
    monkeypatch.setattr(magenta, "read", lambda checkpoint: archive)
    path = str(tmp_path / "hierdec-mel_16bar.tar")
    for name in ("hierdec-mel_16bar.tar", "mine.tar"):
        (tmp_path / name).touch()
    words = ["sample", "musicvae/mel-16bar", "-n", "2", "--weights", path, "--out", str(tmp_path)]
    assert main(words) == 0
    assert len(list(tmp_path.glob("*.mid"))) == 2
    with pytest.raises(CheckpointError, match="of the kind musicvae/mel-16bar"):
        melonb.load("musicvae/mel-2bar", source=path)
    with pytest.raises(UsageError, match=r"no configuration of magenta's is called 'mine'"):
        melonb.load("musicvae/mel-2bar", source=tmp_path / "mine.tar")


def test_published_archives_are_unpacked_for_tensorflow(monkeypatch, tmp_path):
    """An archive may name any path; TensorFlow is a stand-in that looks at the files."""
    for name in ("model.ckpt.index", "model.ckpt.data-00000-of-00001"):
        (tmp_path / name).write_text(name)
    with tarfile.open(tmp_path / "cat.tar", "w") as archive:
        for path in sorted(tmp_path.glob("model.*")):
            archive.add(path, f"../{path.name}")

    class Reader:
        def __init__(self, path):
            beside = sorted(file.name for file in Path(path).parent.iterdir())
            assert beside == ["model.ckpt.data-00000-of-00001", "model.ckpt.index"]
            assert Path(path).name == "model.ckpt"

        def get_variable_to_shape_map(self):
            return {"encoder/mu/bias": [2]}

        def get_tensor(self, name):
            return np.array([1.0, 2.0])

    modules = __import__("sys").modules
    monkeypatch.setitem(modules, "tensorflow", SimpleNamespace())
    monkeypatch.setitem(modules, "tensorflow.train", SimpleNamespace(load_checkpoint=Reader))
    found = magenta.read(tmp_path / "cat.tar")
    assert {name: value.tolist() for name, value in found.items()} == {"encoder/mu/bias": [1, 2]}
    (tmp_path / "broken.tar").write_text("no archive")
    with pytest.raises(CheckpointError, match="cannot read"):
        magenta.read(tmp_path / "broken.tar")


def test_a_configuration_that_is_not_magentas_is_refused():
    with pytest.raises(UsageError, match="hierdec-mel_16bar"):
        magenta.instrument("mel-16bar", "mel.ckpt")
