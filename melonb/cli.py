"""The command ``melonb``: each of its words is a thin face on the package.

With ``--json`` a command prints one JSON object on standard output and nothing else there.
The exit status is 0, or 1 (the work failed; one line on standard error says what and how to mend
it), or 2 (the words make no sense).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melonb import console
from melonb.errors import MelonbError, UsageError
from melonb.options import (
    FOLDER,
    FROM,
    MEASURED,
    MIDI,
    MODEL,
    PLAYED,
    SEED,
    TRAINING,
    WEIGHTS,
    WORK,
    Words,
    place,
    signed,
)

__all__ = ["main"]


@dataclass(frozen=True)
class Answer:
    """What a command has to say: to a program, and to a person."""

    data: dict[str, Any]
    lines: Sequence[str] = ()
    status: int = 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit status."""
    warnings.simplefilter("ignore")
    # Threads that spin while they wait slow training down several times where others work too.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        console.open_all()
        with console.listening():
            return _run(_read(words))
    except UsageError as error:
        return _fail(console.explain(error), 2)
    except (Exception, KeyboardInterrupt) as error:  # a reader is owed one line
        if os.environ.get("MELONB_DEBUG") and not isinstance(error, MelonbError):
            raise
        return _fail(console.explain(error))


def _read(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the words; help may go to a reader that has seen enough."""
    try:
        return _parser().parse_args(signed(sys.argv[1:] if words is None else words))
    except SystemExit:
        try:
            sys.stdout.flush()
        except OSError:
            console.hush()
        raise


def _run(options: argparse.Namespace) -> int:
    # What a library prints must not spoil the one JSON object.
    with contextlib.redirect_stdout(sys.stderr):
        answer: Answer = options.run(options)
    if not _speaks():
        return answer.status
    try:
        console.speak(json.dumps(answer.data) if options.json else "\n".join(answer.lines))
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        console.hush()
        return 1
    except OSError as error:
        console.hush()
        raise MelonbError(
            f"the answer could not be written: {error.strerror}",
            remedy="the work is done; send standard output to a place with room",
        ) from error
    return answer.status


def _fail(message: str, status: int = 1) -> int:
    console.complain(f"melonb: {message}")
    return status


def _data_list(options: argparse.Namespace) -> Answer:
    from melonb import corpora
    from melonb.corpora.home import store_folder

    here = {name: (store_folder(name) / "card.json").exists() for name in corpora.names()}
    lines = [f"{name:12}{'prepared' if there else '-'}" for name, there in here.items()]
    return Answer({"corpora": [{"name": n, "prepared": p} for n, p in here.items()]}, lines)


def _data_get(options: argparse.Namespace) -> Answer:
    from melonb import corpora

    path = str(corpora.get(options.name, options.source))
    return Answer({"name": options.name, "path": path}, [path])


def _data_prepare(options: argparse.Namespace) -> Answer:
    from melonb import corpora

    name, source = options.name, options.source
    corpora.prepare(name, source, options.workers, options.scheduler, progress=_watched())
    return _data_show(options)


def _data_show(options: argparse.Namespace) -> Answer:
    from melonb import corpora
    from melonb.corpora.cards import card_lines

    card = corpora.card(options.name)
    return Answer(card, card_lines(card))


def _models(options: argparse.Namespace) -> Answer:
    from melonb.weights.cards import overview, overview_lines

    rows = overview()
    return Answer({"models": rows}, overview_lines(rows))


def _train(options: argparse.Namespace) -> Answer:
    from melonb.weights.training import report, summary, train

    fields = ("data", "steps", "precision", "seed", "batch_size")
    named = {name: getattr(options, name) for name in fields}
    changes = {name: value for name, value in named.items() if value is not None}
    every = options.model == "all"
    idle = {"--run": options.run_folder, "--seconds": options.seconds, "--more": options.more}
    for word, value in (idle if every else {"--one-hour": options.one_hour}).items():
        if value:
            other = "a single model" if every else "MODEL all"
            raise UsageError(f"{word} goes with {other} alone", remedy="leave it out")
    if options.more and options.steps:
        raise UsageError("--steps says how many in all, --more how many more", remedy="give one")
    if options.peak and not options.more:
        raise UsageError("--peak is where the rate of further steps starts", remedy="give --more N")
    if every:
        from melonb.weights.factory import train_all

        hour = 3600.0 if options.one_hour else None
        rows = train_all(options.preset or "book", hour, options.devices, _say, **changes)
        return Answer({"models": rows}, [f"{row['model']}: {row['score']}" for row in rows])
    run = train(
        options.model,
        preset=options.preset,
        run=options.run_folder,
        resume=options.resume,
        devices=options.devices,
        progress=_watched(),
        seconds=options.seconds,
        more=options.more,
        peak=options.peak,
        **changes,
    )
    if run.stopped == "interrupt":
        _fail(f"{run.folder}: stopped at step {run.place.step}; --resume goes on from there")
    return Answer(report(run), [summary(run)], int(run.stopped == "interrupt"))


def _measure(options: argparse.Namespace) -> Answer:
    from melonb.weights.measuring import measure

    measured = measure(
        options.model,
        weights=options.weights,
        size=options.size,
        data=options.data,
        archive=options.source,
        midi=options.midi,
        limit=options.limit,
        seed=options.seed or 0,
    )
    return Answer(measured.to_dict(), measured.lines())


def _play(options: argparse.Namespace) -> Answer:
    from melonb.weights import load
    from melonb.weights.play import perform

    instrument = load(options.model, options.size, options.weights)
    own = {name: getattr(options, name) for name in options.own}
    sources = [getattr(options, name) for name in options.sources]
    played = perform(instrument, options.command, sources, options.out, **own)
    return Answer({"model": options.model, **played.to_dict()}, played.lines())


def _loops(options: argparse.Namespace) -> Answer:
    from melonb.weights.play import extract_loops

    found = extract_loops(options.midi_file, options.out)
    return Answer(found.to_dict(), found.lines())


def _tables(options: argparse.Namespace) -> Answer:
    from melonb.weights.status import check, write
    from melonb.weights.tables import project

    root = options.root or Path()
    if options.root is not None and project(root) != root.resolve():
        raise MelonbError("is not the project's folder", file=root, remedy="name a clone's folder")
    wrong = check(root) if options.check else []
    if wrong:
        message = "does not show what the results say"
        raise MelonbError(message, file=wrong[0], remedy="run `melonb tables`")
    files = [] if options.check else [str(path) for path in write(root)]
    return Answer({"files": files}, files or ["the book shows what the results say"])


def _speaks() -> bool:
    """Say whether this is the one of several training processes that answers."""
    return {os.environ.get(name, "0") for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID")} == {"0"}


def _watched() -> bool:
    """Say whether somebody watches: a progress bar in a log file is noise."""
    return sys.stderr.isatty()


def _say(line: str) -> None:
    console.complain(line)


def _parser() -> argparse.ArgumentParser:
    from melonb import __version__

    parser = argparse.ArgumentParser(prog="melonb", description="Music models that one can play.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="corpora").add_subparsers(required=True)
    name: Words = {"name": {"metavar": "NAME", "help": "`melonb data list` lists them"}}
    _add(data, "list", _data_list, "name the corpora", {})
    _add(data, "get", _data_get, "fetch an archive", {**name, **FROM})
    _add(data, "prepare", _data_prepare, "make a store", {**name, **FROM, **WORK})
    _add(data, "show", _data_show, "show a data card", name)

    _add(commands, "models", _models, "list every model", {})
    _add(commands, "train", _train, "train a model, or all", {**MODEL, **TRAINING, **SEED})
    measuring = {**MODEL, **WEIGHTS, **MEASURED, **SEED}
    _add(commands, "measure", _measure, "the paper's figures for a model", measuring)
    for what, (sources, own, out, about) in PLAYED.items():
        files = dict.fromkeys(sources, MIDI)
        one = _add(commands, what, _play, about, {**MODEL, **files, **own, **out, **WEIGHTS})
        one.set_defaults(sources=sources, own=[word.lstrip("-") for word in own])
    loops = {"midi_file": MIDI, **FOLDER}
    _add(commands, "loops", _loops, "extract loops by the paper's rules", loops)
    tables: Words = {
        "--check": {"action": "store_true", "help": "fail where the book differs"},
        "--root": {"type": place, "help": "the project's folder"},
    }
    _add(commands, "tables", _tables, "rebuild the book's tables from results", tables)
    return parser


def _add(
    commands: Any, name: str, run: Callable[..., Answer], about: str, words: Words
) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    for word, options in words.items():
        one.add_argument(word, **options)
    one.add_argument("--json", action="store_true", help="print one JSON object")
    one.set_defaults(run=run)
    return one


if __name__ == "__main__":
    sys.exit(main())
