"""The corpora that the bundled weights were trained on, as far as a machine has them."""

from __future__ import annotations

from melonb import corpora
from melonb.errors import CorpusError

__all__ = ["BUILT_IN", "MIXES", "is_here", "mix"]

#: What a model's full name begins with -> its corpora.
MIXES = {
    "musicvae/mel": ("lakh", "nottingham", "pop909", "folk", "openewld"),
    "musicvae/drums": ("lakh", "groove"),
    "musicvae/trio": ("lakh",),
    "ec2vae/": ("nottingham", "pop909"),
    "clsm/": ("lakh",),
    "loopvq/": ("lakh",),
}
#: The corpora that come with the package.
BUILT_IN = ("folk", "houseband")


def is_here(name: str) -> bool:
    """Say whether a corpus is prepared on this machine."""
    try:
        corpora.load(name)
    except CorpusError:
        return False
    return True


def mix(model: str) -> tuple[str, ...]:
    """Name a model's corpora that are prepared here; none if only built-in ones are.

    Examples
    --------
    >>> mix("some/model")
    ()
    """
    wanted = next((names for start, names in MIXES.items() if model.startswith(start)), ())
    here = tuple(name for name in wanted if is_here(name))
    return here if set(here) - set(BUILT_IN) else ()
