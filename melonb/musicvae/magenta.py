"""Load magenta's released MusicVAE checkpoints into our classes, variable by variable.

Magenta's checkpoints are TensorFlow's.  Their variables have names such as
``core_decoder/decoder/multi_rnn_cell/cell_0/lstm_cell/kernel``; `state_dict` maps them to ours:

* an LSTM kernel stacks input and state, ``(in + h, 4h)``, and its gates stand in the order
  input, candidate, forget, output; PyTorch wants two matrices ``(4h, in)`` and ``(4h, h)`` and
  the order input, forget, candidate, output;
* TensorFlow's cell adds 1 to the forget gate when it runs, so we add it to the bias;
* the layer that sets a decoder's first state gives c and h of layer 0, then of layer 1, ...

Reading a checkpoint file needs TensorFlow (Colab has it); the mapping needs NumPy alone.

``instrument("hierdec-mel_16bar", "hierdec-mel_16bar.tar")`` does it all, and gives what
`melonb.load` gives; so does ``melonb.load("musicvae/mel-16bar", source="hierdec-mel_16bar.tar")``,
and ``--weights hierdec-mel_16bar.tar`` after a command that plays.  The archives lie, each under
its configuration's name, in
https://storage.googleapis.com/magentadata/models/music_vae/checkpoints/
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from melonb.errors import CheckpointError, UsageError
from melonb.musicvae.instruments import MusicVAEInstrument
from melonb.musicvae.model import MusicVAE
from melonb.musicvae.presets import CONFIGURATIONS

__all__ = ["instrument", "load", "network", "read", "state_dict"]


def instrument(configuration: str, checkpoint: str | Path) -> MusicVAEInstrument:
    """Make a released checkpoint playable: it samples, reconstructs, interpolates and varies.

    Its attribute vectors are zero, as none were released, until
    `MusicVAEInstrument.find_attributes` finds them on music of yours.

    Parameters
    ----------
    configuration
        Magenta's name for what the checkpoint holds, such as ``hierdec-mel_16bar``.
    checkpoint
        As `read` takes it.
    """
    return MusicVAEInstrument(f"magenta/{configuration}", network(configuration, checkpoint))


def network(configuration: str, checkpoint: str | Path) -> MusicVAE:
    """Build the network of a released checkpoint; the arguments are those of `instrument`."""
    if configuration not in CONFIGURATIONS:
        raise UsageError(
            f"no configuration of magenta's is called {configuration!r} here",
            remedy=f"choose from {', '.join(CONFIGURATIONS)}",
        )
    variables = read(checkpoint)  # first, for the network may fill half a gigabyte
    return load(MusicVAE(CONFIGURATIONS[configuration][1].sizes), variables)


def read(checkpoint: str | Path) -> dict[str, np.ndarray]:
    """Read every variable of a TensorFlow checkpoint.

    Parameters
    ----------
    checkpoint
        The path that its ``.index`` file has without that ending, or the ``.tar`` in which magenta
        publishes it.

    Raises
    ------
    CheckpointError
        TensorFlow is not installed, or the file is not a checkpoint.
    """
    try:
        from tensorflow.train import load_checkpoint
    except ImportError as missing:
        raise CheckpointError(
            "reading magenta's checkpoints needs TensorFlow, which is not installed",
            file=checkpoint,
            remedy="open the notebook on Colab, or pip install 'melonb[magenta]'",
        ) from missing
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = _unpacked(Path(checkpoint), Path(folder))
            reader = load_checkpoint(str(path))
            return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
        except Exception as broken:
            raise CheckpointError(
                "TensorFlow cannot read this checkpoint",
                file=checkpoint,
                remedy="give magenta's .tar, or the path of its .index file without '.index'",
            ) from broken


def _unpacked(path: Path, folder: Path) -> Path:
    """Write the files of an archive into a folder, whatever folders it names itself."""
    if path.suffix != ".tar":
        return path
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                with content, (folder / Path(member.name).name).open("wb") as copy:
                    shutil.copyfileobj(content, copy)
    (index,) = folder.glob("*.index")
    return index.with_suffix("")


def load(model: MusicVAE, variables: Mapping[str, np.ndarray]) -> MusicVAE:
    """Put magenta's variables into a model built with the sizes of its configuration.

    Raises
    ------
    CheckpointError
        A variable is missing or has another size than the model.
    """
    state = state_dict(model, variables)
    state["attribute_vectors"] = torch.zeros_like(model.attribute_vectors)
    for name, have in model.state_dict().items():
        if name not in state or state[name].shape != have.shape:
            found = tuple(state[name].shape) if name in state else "nothing"
            raise CheckpointError(
                f"{name} should be {tuple(have.shape)} but the checkpoint has {found}",
                remedy="build the model with the checkpoint's own configuration",
            )
    model.load_state_dict(state)
    return model


def state_dict(model: MusicVAE, variables: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Translate magenta's variables into the state dict of ``model``.

    Parameters
    ----------
    model
        Says which parts there are and how many layers each has.
    variables
        By checkpoint name, with or without the trailing ``:0``.
    """
    plain = _Variables({name.removesuffix(":0"): np.asarray(v) for name, v in variables.items()})
    sizes = model.sizes
    if sizes.encoder_by_bar:
        raise CheckpointError(
            "magenta's bar-by-bar encoders have no translation here",
            remedy="load a flat-* or hierdec-* or cat-* checkpoint",
        )
    state: dict[str, Tensor] = {}
    for layer in range(sizes.encoder_layers):
        for direction, suffix in (("fw", ""), ("bw", "_reverse")):
            scope = f"encoder/cell_{layer}/bidirectional_rnn/{direction}/multi_rnn_cell/cell_0"
            state |= plain.lstm(scope, f"encoder.reader.layers.{{}}_l{layer}{suffix}")
    state |= plain.dense("encoder/mu", "encoder.head.mean")
    state |= plain.dense("encoder/sigma", "encoder.head.scale")

    scopes = ["decoder"]
    if model.conductor is not None:
        level = "decoder/hierarchical_level_0"
        state |= plain.start(f"{level}/initial_state", "conductor.start", sizes.conductor_layers)
        for layer in range(sizes.conductor_layers):
            state |= plain.lstm(f"{level}/cell_{layer}", f"conductor.layers.{{}}_l{layer}")
        scopes = ["core_decoder/decoder"]
        if len(model.cores) > 1:
            scopes = [f"core_decoder/core_decoder_{i}/decoder" for i in range(len(model.cores))]
    for i, scope in enumerate(scopes):
        core = f"_cores.{i}"
        state |= plain.start(f"{scope}/z_to_initial_state", f"{core}.start", sizes.decoder_layers)
        for layer in range(sizes.decoder_layers):
            cell = f"{scope}/multi_rnn_cell/cell_{layer}"
            state |= plain.lstm(cell, f"{core}.layers.{{}}_l{layer}")
        state |= plain.dense(f"{scope}/output_projection", f"{core}.output")
    return state


class _Variables:
    """Magenta's variables, with the three translations."""

    def __init__(self, values: Mapping[str, np.ndarray]) -> None:
        self.values = values

    def get(self, name: str) -> Tensor:
        if name not in self.values:
            raise CheckpointError(
                f"the checkpoint has no variable {name}",
                remedy="build the model with the checkpoint's own configuration",
            )
        return torch.from_numpy(np.ascontiguousarray(self.values[name], dtype=np.float32))

    def lstm(self, scope: str, ours: str) -> dict[str, Tensor]:
        """Split a kernel, put the gates into PyTorch's order, open the forget gate."""
        kernel = self.get(f"{scope}/lstm_cell/kernel").T  # (4h, in + h)
        bias = self.get(f"{scope}/lstm_cell/bias")
        hidden = len(bias) // 4

        def ordered(gates: Tensor) -> Tensor:
            i, candidate, forget, out = gates.chunk(4)
            return torch.cat([i, forget, candidate, out])

        bias = ordered(bias)
        bias[hidden : 2 * hidden] += 1
        inputs = kernel.shape[1] - hidden
        return {
            ours.format("weight_ih"): ordered(kernel[:, :inputs]),
            ours.format("weight_hh"): ordered(kernel[:, inputs:]),
            ours.format("bias_ih"): bias,
            ours.format("bias_hh"): torch.zeros_like(bias),
        }

    def dense(self, scope: str, ours: str) -> dict[str, Tensor]:
        return {
            f"{ours}.weight": self.get(f"{scope}/kernel").T.contiguous(),
            f"{ours}.bias": self.get(f"{scope}/bias"),
        }

    def start(self, scope: str, ours: str, layers: int) -> dict[str, Tensor]:
        """Move rows from (layer, [c, h], unit) to `InitialState`'s (layer, [h, c], unit)."""

        def moved(rows: Tensor) -> Tensor:
            return rows.unflatten(0, (layers, 2, -1)).flip(1).flatten(0, 2)

        dense = self.dense(scope, f"{ours}.linear")
        return {name: moved(values).contiguous() for name, values in dense.items()}
