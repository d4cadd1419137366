"""The prior over codes: which code follows which, and how loops are made from nothing.

``p(z) = p(z_0) prod_i p(z_i | z_<i)``: the first code is drawn as often as it begins a
training loop, every other by a two-layer LSTM that has read the codes before it.

Loops repeat themselves, but in a short training on few loops an LSTM does not learn to bring
back what stood half a loop ago.  So ours may have ``lags``, which are not in the paper: it hears
whether the last code repeated the one so many steps before it, and says how much likelier than
otherwise the next is to repeat.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from melonb.loopvq.model import VQVAE
from melonb.nn.recurrent import recurrent
from melonb.nn.sampling import choose

__all__ = ["CodePrior", "LoopComposer"]


class CodePrior(nn.Module):
    """An LSTM that predicts the next code.

    Parameters
    ----------
    codes
        ``K``, codes in the book.
    embedding, hidden, layers
        The paper says two layers and leaves the sizes open.
    dropout
        Between the layers, while training.
    lags
        Distances, in codes, at which a repeat is heard and can be said; none is the paper's LSTM.
    """

    first: Tensor
    lags: Tensor

    def __init__(
        self,
        codes: int = 512,
        embedding: int = 128,
        hidden: int = 512,
        layers: int = 2,
        dropout: float = 0.0,
        lags: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(codes, embedding)
        self.lstm = recurrent("lstm", embedding + len(lags), hidden, layers, dropout=dropout)
        self.output = nn.Linear(hidden, codes)
        self.again = nn.Linear(hidden, len(lags)) if lags else None
        self.register_buffer("lags", torch.tensor(lags, dtype=torch.long), persistent=False)
        # p(z_0), counted on the training set by `count_first`; until then every code is as likely.
        self.register_buffer("first", torch.full((codes,), 1 / codes))

    def count_first(self, codes: Tensor) -> None:
        """Take ``p(z_0)`` from the training loops' codes ``(N, l)``."""
        counts = torch.bincount(codes[:, 0].flatten(), minlength=len(self.first)).float()
        self.first.copy_(counts / counts.sum())

    def forward(self, codes: Tensor) -> Tensor:
        """Predict ``codes[:, 1:]`` from what stands before: ``(B, l)`` -> ``(B, l - 1, K)``."""
        before = self._before(codes, torch.arange(codes.shape[1], device=codes.device))
        hidden, _ = self.lstm(self._heard(codes[:, :-1], before[:, :-1]))
        return self._said(hidden, before[:, 1:])

    @torch.no_grad()
    def sample(
        self,
        n: int,
        length: int = 32,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        generator: torch.Generator | None = None,
        given: Tensor | None = None,
        keep: Tensor | None = None,
    ) -> Tensor:
        """Draw code sequences ``(n, length)`` int64.

        Parameters
        ----------
        temperature
            Of every code but the first; 0 always takes the likeliest.
        top_k, top_p
            See `melonb.nn.sampling.choose`.
        given, keep
            Codes ``(n, length)``, and where they stand as they are, bool of the same shape; the
            prior draws the others, each knowing all codes before it.
        """
        shares = self.first.expand(n, -1)
        code = choose(shares.log(), generator=generator)
        codes = torch.zeros(n, length, dtype=torch.long, device=code.device)
        places = torch.arange(length, device=code.device)
        state, before = None, self._before(codes, places[:1])
        for i in range(length):
            if i > 0:  # the state is carried along, so that every code is read once
                hidden, state = self.lstm(self._heard(codes[:, i - 1 : i], before), state)
                before = self._before(codes, places[i : i + 1])
                scores = self._said(hidden, before)[:, 0]
                code = choose(scores, temperature, top_k, top_p, generator)
            if given is not None and keep is not None:
                code = torch.where(keep[:, i], given[:, i], code)
            codes[:, i] = code
        return codes

    def loss(self, codes: Tensor) -> Tensor:
        """Cross-entropy of each code after the first, in nats a code."""
        return F.cross_entropy(self(codes).flatten(0, 1), codes[:, 1:].flatten())

    @torch.no_grad()
    def accuracy(self, codes: Tensor) -> Tensor:
        """Share of codes that the prior would have guessed, teacher-forced, ``(B,)``."""
        return (self(codes).argmax(-1) == codes[:, 1:]).float().mean(-1)

    def _before(self, codes: Tensor, places: Tensor) -> Tensor:
        """Look up what stood at each lag before each of ``places``, ``(B, places, lags)``.

        Where a loop had not begun yet it is -1.
        """
        back = places[:, None] - self.lags
        return codes[:, back.clamp(min=0)].masked_fill(back < 0, -1)

    def _heard(self, codes: Tensor, before: Tensor) -> Tensor:
        """Turn codes into what the LSTM reads: their embeddings, and which of them repeat."""
        heard = self.embedding(codes)
        if self.again is None:
            return heard
        return torch.cat([heard, (codes[..., None] == before).to(heard.dtype)], dim=-1)

    def _said(self, hidden: Tensor, before: Tensor) -> Tensor:
        """Turn the LSTM's output into scores of all codes: those that would repeat get more."""
        scores = self.output(hidden)
        if self.again is None:
            return scores
        more = self.again(hidden).masked_fill(before < 0, 0)
        return scores.scatter_add(-1, before.clamp(min=0), more)


class LoopComposer(nn.Module):
    """Prior and VQ-VAE together: what is needed to make a loop from nothing.

    The VQ-VAE is trained before and stays as it is.
    """

    def __init__(self, vq: VQVAE, prior: CodePrior) -> None:
        super().__init__()
        self.vq = vq.requires_grad_(False)
        self.prior = prior

    def train(self, mode: bool = True) -> LoopComposer:
        """Switch the prior alone; the VQ-VAE's norms and codebook must not move."""
        super().train(mode)
        self.vq.eval()
        return self
