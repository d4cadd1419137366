"""Forms: making some bars of a loop the same by copying their codes.

A VQ-VAE's codes lie in time as the bars do (four codes a bar at ``l`` = 32), so a bar can be
repeated before it is decoded.  The paper copies the codes 0 and 1 to 16 and 17, the first
half of bar 1 to the first half of bar 5; a form such as ``A-B-A-C`` does so for whole bars.
"""

from __future__ import annotations

from torch import Tensor

from melonb.errors import UsageError

__all__ = ["PAPER", "Copies", "copy_codes", "form_copies"]

Copies = tuple[tuple[int, int], ...]

PAPER: Copies = ((0, 16), (1, 17))  # from, to


def copy_codes(codes: Tensor, copies: Copies = PAPER) -> Tensor:
    """Copy codes within sequences ``(..., l)``, each pair from its first place to its second."""
    changed = codes.clone()
    for source, target in copies:
        changed[..., target] = codes[..., source]
    return changed


def form_copies(form: str, steps: int = 32, bars: int = 8) -> Copies:
    """Turn a form into copies: every letter's later bars repeat its first.

    Parameters
    ----------
    form
        One letter for each equal part of the loop, hyphens optional: 1, 2, 4 or 8 letters.
    steps
        ``l``, codes in a loop.

    Examples
    --------
    >>> form_copies("A-B-A-C", steps=8)
    ((0, 4), (1, 5))
    """
    letters = form.replace("-", "").replace(" ", "").upper()
    if not letters.isalpha() or bars % len(letters):
        raise UsageError(
            f"form {form!r} does not divide {bars} bars", remedy="write 1, 2, 4 or 8 letters"
        )
    part = steps // len(letters)
    return tuple(
        (letters.index(letter) * part + k, place * part + k)
        for place, letter in enumerate(letters)
        if letters.index(letter) != place
        for k in range(part)
    )
