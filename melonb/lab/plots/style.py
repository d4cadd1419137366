"""The house style: colours with a twin for the dark theme, and a line style and marker for each."""

from __future__ import annotations

from typing import Any

__all__ = [
    "COLOURS",
    "DARK",
    "DASHES",
    "HATCHES",
    "INK",
    "MARKERS",
    "QUIET",
    "RULE",
    "use_house_style",
]

INK = "#1c2630"
QUIET = "#55616c"
RULE = "#d5dbe1"
# Blue, vermilion, purple, green, pink, grey: told apart with the common kinds of colour blindness.
COLOURS = ("#0072b2", "#b34a00", "#5f4b8b", "#00795a", "#a8326e", "#6a7580")
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
HATCHES = ("", "//", "\\\\", "--", "xx", "||")
# What each becomes where the page is dark.
DARK = {
    INK: "#e6ebef",
    QUIET: "#a3afb9",
    RULE: "#37414a",
    "#0072b2": "#56b4e9",
    "#b34a00": "#f0a04b",
    "#5f4b8b": "#b9a5e2",
    "#00795a": "#3fcfa0",
    "#a8326e": "#f08cc0",
    "#6a7580": "#9aa5ae",
    # What matplotlib draws where nobody names a colour, and what is written on a filled shape.
    "#000000": "#e6ebef",
    "#ffffff": "#121212",
}


def use_house_style() -> None:
    """Give every figure drawn from now on the look of the book."""
    import matplotlib as mpl
    from cycler import cycler

    cycle = cycler(color=COLOURS) + cycler(linestyle=DASHES)
    mpl.rcParams.update(
        {
            "axes.prop_cycle": cycle,
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.facecolor": "none",
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "axes.titlecolor": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": RULE,
            "grid.linewidth": 0.7,
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "figure.facecolor": "none",
            "figure.figsize": (7.0, 3.4),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "none",
            "font.size": 10,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "lines.markersize": 5,
            "image.cmap": "cividis",
            "svg.fonttype": "none",
            "svg.hashsalt": "melonb",
        }
    )
