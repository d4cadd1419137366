"""Make the golden files: MusicVAE computed in plain NumPy, step by step, from written rules.

Nothing of melonb is imported, so that the layers are checked against something that shares no line
with them.  The rules are those of the published TensorFlow graph: kernels stack input over state,
gates stand as input, candidate, forget, output; 1 is added to the forget gate; a decoder's first
state is one tanh layer, c before h, layer by layer; the conductor gets zeros; a bar's core starts
anew from its embedding, and its first input is the last token of the bar before.

Run ``python make.py`` in this folder to write ``flat.npz``, ``hierarchical.npz`` and ``trio.npz``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

BATCH, Z, ENCODER, CONDUCTOR, DECODER = 2, 4, 5, 6, 7
MELODY, DRUMS = 90, 512


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


class Graph:
    """Random variables by their checkpoint names, and the layers that use them."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.variables = {}

    def get(self, name, *shape):
        if name not in self.variables:
            self.variables[name] = self.random.normal(0, 0.4, shape).astype(np.float32)
        return self.variables[name].astype(np.float64)

    def dense(self, scope, x, size):
        return x @ self.get(f"{scope}/kernel", x.shape[-1], size) + self.get(f"{scope}/bias", size)

    def cell(self, scope, x, c, h):
        size = h.shape[-1]
        kernel = self.get(f"{scope}/lstm_cell/kernel", x.shape[-1] + size, 4 * size)
        gates = np.concatenate([x, h], -1) @ kernel + self.get(f"{scope}/lstm_cell/bias", 4 * size)
        i, j, f, o = np.split(gates, 4, -1)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        return c, sigmoid(o) * np.tanh(c)

    def encode(self, x, layers):
        for layer in range(layers):
            ends, reads = [], []
            for direction, order in (("fw", 1), ("bw", -1)):
                scope = f"encoder/cell_{layer}/bidirectional_rnn/{direction}/multi_rnn_cell/cell_0"
                c = h = np.zeros((len(x), ENCODER))
                states = []
                for step in range(x.shape[1])[::order]:
                    c, h = self.cell(scope, x[:, step], c, h)
                    states.append(h)
                ends.append(h)
                reads.append(np.stack(states[::order], 1))
            x = np.concatenate(reads, -1)
        last = np.concatenate(ends, -1)
        return self.dense("encoder/mu", last, Z), softplus(self.dense("encoder/sigma", last, Z))

    def start(self, scope, z, size):
        parts = np.split(np.tanh(self.dense(scope, z, 4 * size)), 4, -1)
        return [[parts[0], parts[1]], [parts[2], parts[3]]]

    def unroll(self, scope, condition, fed, start, cells, size, sizes):
        states = self.start(f"{scope}/{start}", condition, size)
        outputs = []
        for step in range(fed.shape[1]):
            x = np.concatenate([fed[:, step], condition], -1) if sizes else fed[:, step]
            for layer in range(2):
                states[layer] = self.cell(f"{scope}/{cells.format(layer)}", x, *states[layer])
                x = states[layer][1]
            outputs.append(self.dense(f"{scope}/output_projection", x, sum(sizes)) if sizes else x)
        return np.stack(outputs, 1)

    def core(self, scope, condition, fed, sizes):
        return self.unroll(
            scope, condition, fed, "z_to_initial_state", "multi_rnn_cell/cell_{}", DECODER, sizes
        )


def one_hot(tokens, size):
    return np.eye(size)[tokens]


def shifted(x):
    return np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], 1)


def make(name, seed, bars, layers, sizes):
    graph = Graph(seed)
    steps = 16 * bars
    tokens = np.stack([graph.random.integers(0, size, (BATCH, steps)) for size in sizes], -1)
    streams = [one_hot(tokens[..., i], size) for i, size in enumerate(sizes)]
    mu, sigma = graph.encode(np.concatenate(streams, -1), layers)
    if name == "flat":
        logits = [graph.core("decoder", mu, shifted(np.concatenate(streams, -1)), sizes)]
    else:
        level = "decoder/hierarchical_level_0"
        embeddings = graph.unroll(
            level, mu, np.zeros((BATCH, bars, 1)), "initial_state", "cell_{}", CONDUCTOR, []
        )
        logits = []
        for i, (stream, size) in enumerate(zip(streams, sizes, strict=True)):
            scope = "core_decoder/decoder"
            if len(sizes) > 1:
                scope = f"core_decoder/core_decoder_{i}/decoder"
            fed = shifted(stream)
            outputs = [
                graph.core(scope, embeddings[:, bar], fed[:, 16 * bar : 16 * bar + 16], [size])
                for bar in range(bars)
            ]
            logits.append(np.concatenate(outputs, 1))
    kl = 0.5 * (mu**2 + sigma**2 - 1 - np.log(sigma**2)).sum(-1)
    variables = {f"var:{key}": value for key, value in graph.variables.items()}
    results = {f"logits_{i}": part.astype(np.float32) for i, part in enumerate(logits)}
    np.savez_compressed(
        Path(__file__).parent / f"{name}.npz",
        tokens=tokens.astype(np.int16),
        mu=mu,
        sigma=sigma,
        kl=kl,
        **results,
        **variables,
    )


if __name__ == "__main__":
    make("flat", 1, 2, 1, [MELODY])
    make("hierarchical", 2, 3, 2, [MELODY])
    make("trio", 3, 2, 2, [MELODY, MELODY, DRUMS])
