"""Preparation: complete or absent, resumed, the same on one core, on two and on a cluster."""

from __future__ import annotations

import dataclasses
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from melonb import corpora
from melonb.corpora import preparation, registry, tasks
from melonb.corpora.archive import unpack
from melonb.corpora.cards import card_lines
from melonb.corpora.home import store_folder
from melonb.corpora.preparation import staging_folder
from melonb.corpora.store import read_rejections, read_store
from melonb.errors import CorpusError, MelonbError, UsageError
from tests.corpora.songs_on_disk import (
    DyingEntry,
    InterruptedEntry,
    write_broken,
    write_lakh,
    write_song,
)

SONGS = 5


@pytest.fixture
def lakh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five songs and three broken files in Lakh's layout, two files a task."""
    folder = tmp_path / "lakh"
    write_lakh(folder, SONGS)
    write_broken(folder / "lmd_full")
    small = [dataclasses.replace(registry.entry(name), per_task=2) for name in registry.names()]
    monkeypatch.setattr(registry, "_ENTRIES", tuple(small))
    return folder


@pytest.mark.usefixtures("home")
def test_broken_files_are_named_and_counted(lakh: Path) -> None:
    corpus = corpora.prepare("lakh", lakh, workers=1, progress=False)
    assert len(corpus) == SONGS
    card = corpora.card("lakh")
    assert card["files"] == SONGS + 3
    assert card["songs"] == SONGS == sum(card["splits"].values())
    assert sum(one["count"] for one in card["rejected"].values()) == 3
    named = {file for one in card["rejected"].values() for file in one["files"]}
    assert named == {"lmd_full/empty.mid", "lmd_full/cut.mid", "lmd_full/words.mid"}
    assert "md5" in card["checked"]
    assert card["hash"] == corpus.hash == corpora.load("lakh").hash
    assert card["windows"]["drums-2"]["train"] == len(corpus.windows("drums", 2))
    assert card["windows"]["trio-16"]["test"] == len(corpus.windows("trio", 16, split="test"))
    lines = card_lines(card)
    assert f"{SONGS + 3} files, {SONGS} songs" in " ".join(lines)
    assert any(line.endswith(file) for line in lines for file in named)
    assert max(map(len, lines)) < 120


def test_a_killed_preparation_goes_on(
    lakh: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    write = tasks.write_part

    def dies(path: Path, reading: object) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        write(path, reading)  # type: ignore[arg-type]
        done.append(path.name)

    monkeypatch.setattr(tasks, "write_part", dies)
    with pytest.raises(KeyboardInterrupt):
        corpora.prepare("lakh", lakh, workers=1, progress=False)
    assert not store_folder("lakh").exists()
    with pytest.raises(CorpusError, match="melonb data prepare lakh"):
        corpora.load("lakh")
    assert {path.name for path in staging_folder("lakh").glob("part-*.parquet")} == set(done)

    later: list[str] = []
    monkeypatch.setattr(tasks, "write_part", lambda p, r: (write(p, r), later.append(p.name)))
    corpus = corpora.prepare("lakh", lakh, workers=1, progress=False)
    assert len(corpus) == SONGS
    assert not set(later) & set(done)
    assert not staging_folder("lakh").exists()
    assert sorted(p.name for p in (home / "corpora").iterdir()) == [".lakh.lock", "lakh"]


@pytest.mark.usefixtures("home")
def test_files_that_changed_are_read_again(lakh: Path) -> None:
    first = corpora.prepare("lakh", lakh, workers=1, progress=False)
    write_song(lakh / "one more.mid", 9)
    second = corpora.prepare("lakh", lakh, workers=1, progress=False)
    assert len(second) == len(first) + 1
    assert len(corpora.load("lakh")) == len(second)


def test_a_table_that_changed_makes_the_parts_anew(tmp_path: Path) -> None:
    (tmp_path / "info.csv").write_text("one")
    before = tasks.deal(registry.entry("groove"), tmp_path, ["a.mid"], tmp_path)
    assert tasks.deal(registry.entry("groove"), tmp_path, ["a.mid"], tmp_path) == before
    (tmp_path / "info.csv").write_text("another")
    assert tasks.deal(registry.entry("groove"), tmp_path, ["a.mid"], tmp_path) != before


def test_two_workers_and_a_cluster_give_the_same_store(
    lakh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dask.distributed import LocalCluster

    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        hashes = set()
        for ways in ({"workers": 1}, {"workers": 2}, {"scheduler": address}):
            monkeypatch.setenv("MELONB_HOME", str(tmp_path / str(len(hashes))))
            hashes.add(corpora.prepare("lakh", lakh, progress=False, **ways).hash)
    assert len(hashes) == 1


@pytest.mark.usefixtures("home")
def test_no_scheduler_is_said_in_words(lakh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask.distributed

    monkeypatch.setattr(dask.distributed, "Client", _refuses)
    with pytest.raises(CorpusError, match="no Dask scheduler answers"):
        corpora.prepare("lakh", lakh, scheduler="tcp://127.0.0.1:1", progress=False)
    assert not staging_folder("lakh").exists()


def _refuses(*_: object, **__: object) -> None:
    raise OSError("refused")


def test_a_file_that_kills_a_process_is_found_and_named(tmp_path: Path) -> None:
    known = DyingEntry("dying", "A test", "none", "", per_task=1)
    dealt = tasks.deal(known, tmp_path, ["1", "deadly"], tmp_path)
    tasks.run(dealt, workers=2, progress=False)
    assert len(read_store("dying", tmp_path)) == 1
    assert [(r.file, r.reason) for r in read_rejections(tmp_path)] == [("deadly", "reader died")]


def test_ctrl_c_is_for_the_program_and_not_for_its_workers(tmp_path: Path) -> None:
    known = InterruptedEntry("interrupted", "A test", "none", "", per_task=1)
    tasks.run(tasks.deal(known, tmp_path, ["1", "2"], tmp_path), workers=2, progress=False)
    assert len(read_store("interrupted", tmp_path)) == 2


@pytest.mark.usefixtures("home")
def test_nothing_usable_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    with pytest.raises(CorpusError, match="no file of lakh"):
        corpora.prepare("lakh", folder, workers=1, progress=False)
    with pytest.raises(CorpusError, match="no file of lakh is there; see its layout"):
        corpora.from_archive("lakh", folder)
    with pytest.raises(CorpusError, match="no file of folder is there; name one with MIDI files"):
        corpora.folder(folder)
    write_broken(folder)
    with pytest.raises(CorpusError, match="none of 3 files"):
        corpora.prepare("lakh", folder, workers=1, progress=False)
    with pytest.raises(CorpusError, match="cannot be unpacked"):
        corpora.prepare("lakh", folder / "words.mid", workers=1, progress=False)
    assert not store_folder("lakh").exists()
    assert not staging_folder("lakh").exists()


def test_an_archive_is_read_as_it_lies(lakh: Path, tmp_path: Path, home: Path) -> None:
    archive = tmp_path / "lakh.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        packed.add(lakh, arcname=".")
    corpus = corpora.from_archive("lakh", archive)
    assert len(corpus) == SONGS
    for split in ("train", "test", "clsm-test", "ec2-test"):
        assert set(corpus.windows("drums", 2, split=split).songs) == set(range(SONGS))
    assert not home.exists()


def test_any_folder_is_a_corpus(tmp_path: Path, home: Path) -> None:
    write_song(tmp_path / "songs" / "deep" / "one.MID", 1)
    write_broken(tmp_path / "songs")
    corpus = corpora.folder(tmp_path / "songs")
    assert corpus.song_names == ["deep/one"]
    assert len(corpus.windows("trio", 16)) > 0
    assert not home.exists()
    with pytest.raises(CorpusError, match="no folder"):
        corpora.folder(tmp_path / "nowhere")


@pytest.mark.usefixtures("home")
def test_first_use_builds_and_the_second_reads(monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    monkeypatch.setattr("melonb.corpora.houseband.SONGS", 100)
    band = corpora.load("houseband")
    assert len(band) == 100
    assert capfd.readouterr().err == ""  # nobody watches
    monkeypatch.setattr(preparation, "deal", None)
    assert corpora.load("houseband").hash == band.hash
    assert corpora.card("houseband")["synthetic"]
    assert "synthetic" in corpora.card("houseband")["title"]


@pytest.mark.usefixtures("home")
def test_a_folder_of_ones_own_is_a_corpus(tmp_path: Path) -> None:
    for number in range(3):
        write_song(tmp_path / "mine" / f"{number}.mid", number)
    with pytest.raises(CorpusError, match=r"folder has no public home.*--from"):
        corpora.prepare("folder", progress=False)
    made = corpora.prepare("folder", tmp_path / "mine", workers=1, progress=False)
    assert made.hash == corpora.load("folder").hash == corpora.folder(tmp_path / "mine").hash
    assert "yours" in " ".join(card_lines(corpora.card("folder")))


@pytest.mark.usefixtures("home")
def test_names_are_checked() -> None:
    assert set(corpora.names()) >= {"folk", "houseband", "nottingham", "pop909", "lakh"}
    with pytest.raises(CorpusError, match="no corpus is called"):
        corpora.load("polka")
    with pytest.raises(CorpusError, match="not prepared"):
        corpora.mix(["pop909", "groove"])
    with pytest.raises(UsageError, match="folk is named twice"):
        corpora.load("folk+folk")
    with pytest.raises(CorpusError, match="one by one"):
        corpora.card("folk+houseband")


@pytest.mark.usefixtures("home")
def test_a_damaged_store_says_what_to_do(lakh: Path) -> None:
    corpora.prepare("lakh", lakh, workers=1, progress=False)
    part = next(store_folder("lakh").glob("part-*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    (store_folder("lakh") / "card.json").touch()
    with pytest.raises(CorpusError, match="prepare lakh"):
        corpora.load("lakh")


@pytest.mark.usefixtures("home")
def test_a_damaged_card_says_what_to_do(lakh: Path) -> None:
    corpora.prepare("lakh", lakh, workers=1, progress=False)
    (store_folder("lakh") / "card.json").write_text("{")
    with pytest.raises(CorpusError, match=r"card.json: is damaged.*prepare lakh"):
        corpora.card("lakh")


@pytest.mark.usefixtures("home")
def test_names_that_are_no_text_do_not_stop_a_preparation(tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    song = write_song(folder / "plain.mid")
    raw = os.fsencode(folder)
    for name, content in ((b"m\xe9lodie.mid", song.read_bytes()), (b"cut\xff.mid", b"MThd")):
        (Path(os.fsdecode(raw)) / os.fsdecode(name)).write_bytes(content)
    corpus = corpora.prepare("lakh", folder, workers=1, progress=False)
    assert sorted(corpus.song_names) == ["m\\udce9lodie", "plain"]
    (refused,) = corpora.card("lakh")["rejected"].values()
    assert refused["files"] == ["cut\\udcff.mid"]
    assert len(corpora.folder(folder)) == 2


def test_what_is_neither_archive_nor_folder_is_refused(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    for read in (
        lambda path: corpora.prepare("lakh", path),
        lambda p: corpora.from_archive("lakh", p),
    ):
        with pytest.raises(CorpusError, match="neither an archive nor a folder; name one"):
            read(tmp_path / "pipe.tar")
        with pytest.raises(CorpusError, match="no such file or folder; check the path"):
            read(tmp_path / "absent.tar")
        with pytest.raises(CorpusError, match="no such home"):
            read("~nobody-of-that-name/a.tar")
    assert not home.exists()


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    write_song(tmp_path / "songs" / "one.mid")
    for place, words in (("file", "cannot be written: .*MELONB_HOME"), ("file/in", "MELONB_HOME")):
        monkeypatch.setenv("MELONB_HOME", str(tmp_path / place))
        with pytest.raises(MelonbError, match=words):
            corpora.prepare("lakh", tmp_path / "songs", workers=1, progress=False)
    monkeypatch.setenv("MELONB_HOME", "~nobody-of-that-name/x")
    with pytest.raises(CorpusError, match="no such home"):
        corpora.load("lakh")


@pytest.mark.usefixtures("home")
def test_a_full_disk_is_told_and_leaves_no_half_a_part(lakh: Path, monkeypatch) -> None:
    def full(table: object, place: Path, **_: object) -> None:
        place.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.write_table", full)
        with pytest.raises(MelonbError, match="No space left on device; make room, then run"):
            corpora.prepare("lakh", lakh, workers=1, progress=False)
    assert not list(staging_folder("lakh").glob("part-*"))
    assert len(corpora.prepare("lakh", lakh, workers=1, progress=False)) == SONGS


def test_an_archive_that_finds_no_room_is_named(lakh: Path, tmp_path: Path, monkeypatch) -> None:
    with tarfile.open(tmp_path / "lakh.tar", "w") as packed:
        packed.add(lakh, "lakh")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CorpusError, match=r"lakh\.tar: .*No space left on device.*make room"):
        unpack(tmp_path / "lakh.tar", tmp_path / "unpacked", (".mid",))
    assert not list(tmp_path.glob("unpacked*"))


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("card", ["{}", "[]", '{"name": "lakh"}', "[" * 100_000])
def test_a_card_that_lacks_something_is_damaged(lakh: Path, card: str) -> None:
    corpora.prepare("lakh", lakh, workers=1, progress=False)
    (store_folder("lakh") / "card.json").write_text(card)
    with pytest.raises(CorpusError, match=r"card.json: is damaged.*prepare lakh"):
        corpora.card("lakh")


@pytest.mark.usefixtures("home")
def test_a_foreign_table_in_a_store_is_told(lakh: Path) -> None:
    corpora.prepare("lakh", lakh, workers=1, progress=False)
    parts = store_folder("lakh").glob("part-*.parquet")
    part = max(parts, key=lambda path: pq.read_metadata(path).num_rows)  # some have no rows
    table = pq.read_table(part)
    emptied = table.set_column(table.column_names.index("bars"), "bars", pa.nulls(len(table)))
    for number, foreign in enumerate((pa.table({"x": [1]}), emptied)):
        pq.write_table(foreign, part)
        os.utime(store_folder("lakh") / "card.json", (number, number))
        with pytest.raises(CorpusError, match=r"(?s)the store cannot be read.*prepare lakh"):
            corpora.load("lakh")
