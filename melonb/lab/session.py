"""The first cell of every notebook: seeds, device, house style, and the script where it is live."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from melonb.lab.bundle import bundle, stylesheet
from melonb.lab.element import Element
from melonb.lab.watching import Curve

if TYPE_CHECKING:
    from IPython.core.formatters import DisplayFormatter

__all__ = ["Here", "frame_outputs", "is_live", "page_script", "setup"]

SIZES = ("fast", "full")
_FEW_CORES = 2


@dataclass(frozen=True)
class Here:
    """Where a notebook runs, as the setup cell found it.

    Attributes
    ----------
    device
        ``"cuda"``, ``"mps"`` or ``"cpu"``: what models in this notebook run on.
    device_name
        The same, in words.
    size
        ``"fast"`` (what the book shows) or ``"full"``.
    seed
        The seed that was set.
    live
        Whether a reader sits in front of this notebook; when a page is built nobody does.
    """

    device: str
    device_name: str
    size: str
    seed: int
    live: bool

    def curve(self) -> Curve | bool:
        """Give what `melonb.training.fit` takes as ``progress``: a moving curve if one watches."""
        return Curve() if self.live else False

    @property
    def fast(self) -> bool:
        """Whether the fast size was chosen."""
        return self.size == "fast"


def is_live() -> bool:
    """Tell a reader's notebook from a page that is being built.

    Jupyter's server names its session to the kernels that it starts, and so do Colab and VS Code in
    their ways (a terminal in VS Code is told apart); nbclient, which executes the book, does not.
    ``MELONB_LIVE`` (0 or 1) overrules.
    """
    said = os.environ.get("MELONB_LIVE")
    if said is not None:
        return said not in {"", "0"}
    return (
        "JPY_SESSION_NAME" in os.environ
        or "google.colab" in sys.modules
        or ("VSCODE_PID" in os.environ and os.environ.get("TERM_PROGRAM") != "vscode")
    )


def page_script() -> str:
    """Give the lab's CSS and script as HTML that can stand in any page or output."""
    return f"<style>{stylesheet()}</style>\n<script>{bundle()}</script>"


def _find_device() -> tuple[str, str]:
    """Take what is fastest for small networks: on few cores, threads wait more than they work."""
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        return "mps", "Apple GPU"
    if (os.cpu_count() or 1) <= _FEW_CORES:
        torch.set_num_threads(1)
    threads = torch.get_num_threads()
    return "cpu", f"CPU, {threads} thread{'s' * (threads != 1)}"


def _seed_everything(seed: int) -> None:
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that still draw from the old global generator
    torch.manual_seed(seed)


def frame_outputs(formatter: DisplayFormatter) -> None:
    """Send the script along with every element, where each output is a page of its own.

    Parameters
    ----------
    formatter
        What turns a cell's last value into an output; Colab's outputs are frames that see neither
        each other nor what `setup` displayed.
    """
    from melonb.music import Piece

    def framed(thing: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundled = dict(thing._repr_mimebundle_(include, exclude))
        if "<melonb-" in bundled.get("text/html", ""):
            bundled["text/html"] = page_script() + bundled["text/html"]
        return bundled

    for kind in (Piece, Element):
        formatter.mimebundle_formatter.for_type(kind, framed)


def setup(seed: int = 0, *, size: str = "fast", live: bool | None = None) -> Here:
    """Prepare a notebook and say where it runs.

    Parameters
    ----------
    seed
        For Python, numpy and torch.
    size
        ``"fast"`` keeps a chapter under a minute; ``"full"`` trains and decodes more.
    live
        Whether a reader is in front of it; found out where not given.

    Returns
    -------
    Here
        Device, size and seed, for the cells that follow.
    """
    if size not in SIZES:
        from melonb.errors import UsageError

        raise UsageError(f"no size {size!r}", remedy=f"choose one of {', '.join(SIZES)}")
    from melonb.lab import plots

    _seed_everything(seed)
    plots.use_house_style()
    device, name = _find_device()
    here = Here(device, name, size, seed, is_live() if live is None else live)
    _announce(here)
    return here


def _announce(here: Here) -> None:
    from IPython import get_ipython
    from IPython.display import display

    line = f"melonb on {here.device_name}; size {here.size}; seed {here.seed}"
    shell = get_ipython()
    if shell is None:
        print(line)
        return
    script = page_script() if here.live else ""
    display(Element(f'{script}<p class="melonb-here">{line}</p>', "melonb is ready"))
    if "google.colab" in sys.modules:
        frame_outputs(shell.display_formatter)
