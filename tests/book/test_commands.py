"""The commands that README, pages and results write down are ones that the programs understand."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from melonb.cli import _parser
from melonb.weights.registry import find

ROOT = Path(__file__).parents[2]


def _prose(page: Path) -> str:
    if page.suffix == ".md":
        return page.read_text()
    cells = json.loads(page.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _lines(page: Path) -> list[str]:
    """Give the commands of a page's fenced blocks, one a line, without remarks behind them."""
    fences = r"^(?P<fence>`{3,})(?!.*admonition).*\n(?P<inside>(?:.*\n)*?)(?P=fence)$"
    blocks = (found["inside"] for found in re.finditer(fences, _prose(page), re.MULTILINE))
    lines = re.sub(r"\\\n *", "", "".join(blocks)).replace("&&", "\n").splitlines()
    return [re.sub(r"\s#.*", "", line).strip() for line in lines]


PAGES = [ROOT / "README.md", *sorted((ROOT / "book").rglob("*.[im][pd]*"))]
WRITTEN = [line for page in PAGES for line in _lines(page)]
OURS = sorted({line for line in WRITTEN if re.match(r"melonb (?!is )", line)})
THEIRS = [line for line in WRITTEN if re.match(r"(\w+=\S+ )?torchrun ", line)]


@pytest.mark.parametrize("line", OURS)
def test_melonb_understands_its_command(line: str) -> None:
    read = _parser().parse_args(shlex.split(line)[1:])
    if "model" in read:
        assert find(read.model)


@pytest.mark.parametrize("line", THEIRS)
def test_torchrun_hands_on_whatever_is_meant_for_melonb(line: str) -> None:
    words = shlex.split(line[line.index("torchrun") :])[1:]
    read = get_args_parser().parse_args([*words, "--run", "DIR"])
    assert (read.module, read.training_script) == (True, "melonb.cli")
    assert read.training_script_args[-2:] == ["--run", "DIR"]
    assert _parser().parse_args(read.training_script_args).model


RESULTS = [json.loads(path.read_text()) for path in (ROOT / "results").rglob("*.json")]
REBUILT = {result["command"] for result in RESULTS if "command" in result}  # some describe data


@pytest.mark.parametrize("line", sorted(REBUILT))
def test_a_result_says_how_it_is_had_again(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "melonb":
        assert find(_parser().parse_args(words).model)
    elif program == "python":
        assert words[0] == "-m"
        assert importlib.util.find_spec(words[1])
    else:
        assert program == "make"
        assert f"{words[0]}:" in (ROOT / "Makefile").read_text()


def test_commands_are_written_down() -> None:
    assert len(OURS) > 30
    assert len(THEIRS) > 1
