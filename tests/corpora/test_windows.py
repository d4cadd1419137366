"""Windows: what is drawn, what is held out, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from melonb import music
from melonb.corpora.corpus import Corpus, from_songs, join
from melonb.corpora.houseband import play
from melonb.corpora.song import Song, SongPart
from melonb.corpora.splits import SPLITS, bucket_of, identity
from melonb.errors import CorpusError
from melonb.music.grid import HOLD, REST


@pytest.fixture(scope="module")
def band() -> Corpus:
    return from_songs("band", [play(number) for number in range(120)])


def tune(name: str, tokens: list[int], split: str | None = None) -> Song:
    part = SongPart("melody", np.array(tokens, np.int16))
    return Song(name, name, (part,), "test", "none", split)


BAR_A = [60] + [HOLD] * 15
BAR_B = [62] + [HOLD] * 15
BAR_C = [64] + [HOLD] * 15
SILENCE = [REST] * 16


def test_unique_windows_keep_the_first() -> None:
    corpus = from_songs("t", [tune("one", BAR_A * 3 + BAR_B, "train")])
    assert len(corpus.windows("melody", 1)) == 2
    assert len(corpus.windows("melody", 1, unique=False)) == 4
    assert corpus.windows("melody", 1).starts["melody"].tolist() == [0, 48]


def test_held_out_windows_that_stand_in_training_are_dropped() -> None:
    songs = [tune("one", BAR_A + BAR_B, "train"), tune("two", BAR_B + BAR_C, "test")]
    corpus = from_songs("t", songs)
    held_out = corpus.windows("melody", 1, split="test")
    assert held_out.take(0)["melody"][:1].tolist() == [[64]][0]
    assert len(held_out) == 1
    assert len(corpus.windows("melody", 1, split="test", unique=False)) == 2


def test_windows_never_cross_from_song_to_song() -> None:
    corpus = from_songs("t", [tune("one", BAR_A, "train"), tune("two", BAR_B, "train")])
    assert len(corpus.windows("melody", 2)) == 0


def test_more_than_a_bar_of_rest_is_refused() -> None:
    fits = from_songs("t", [tune("one", BAR_A + SILENCE + BAR_B, "train")])
    breaks = from_songs("t", [tune("one", BAR_A + SILENCE + SILENCE + BAR_B, "train")])
    assert len(fits.windows("melody", 3)) == 1
    assert len(breaks.windows("melody", 4)) == 0
    assert len(breaks.windows("melody", 4, max_rest_bars=2)) == 1


def test_clsm_takes_tracks_of_one_voice_that_stay_in_its_range() -> None:
    def song(name: str, pitches: list[int], monophonic: bool = True) -> Song:
        tokens = np.array([t for p in pitches for t in (p, *[HOLD] * 15)], np.int16)
        part = SongPart("melody", tokens, monophonic=monophonic)
        return Song(name, name, (part,), "test", "none", "train")

    inside = [55, 84, 60, 62, 64, 65, 67, 69]
    songs = [
        song("inside", inside),
        song("too low", [54, *inside]),  # one note is enough, wherever its windows lie
        song("too high", [*inside, 85]),
        song("chords", inside[::-1], monophonic=False),
    ]
    windows = from_songs("t", songs).windows("melody-mono", 8)
    assert [windows.name(i) for i in range(len(windows))] == ["inside"]


def test_not_in_leaves_other_windows_out(band: Corpus) -> None:
    all_of_it = band.windows("melody", 2)
    half = all_of_it.subset(np.arange(0, len(all_of_it), 2))
    rest = band.windows("melody", 2, not_in=half)
    assert len(rest) + len(half) == len(all_of_it)


def test_limit_is_seeded_and_ordered(band: Corpus) -> None:
    few = band.windows("melody", 4, limit=20, seed=3)
    assert len(few) == 20
    assert few.hash == band.windows("melody", 4, limit=20, seed=3).hash
    assert few.hash != band.windows("melody", 4, limit=20, seed=4).hash
    assert np.all(np.diff(few.starts["melody"]) > 0)


def test_strides_skip_bars(band: Corpus) -> None:
    one = band.windows("drums", 4, unique=False)
    four = band.windows("drums", 4, unique=False, stride=4)
    assert len(one) > 3.5 * len(four)


@pytest.mark.parametrize(
    ("kind", "bars", "cls"),
    [
        ("melody", 2, "Melody"),
        ("melody-mono", 8, "Melody"),
        ("bass", 2, "Bass"),
        ("drums", 2, "Drums"),
        ("trio", 16, "Trio"),
        ("loop", 8, "Loop"),
        ("leadsheet", 8, "LeadSheet"),
        ("song", 8, "Trio"),
    ],
)
def test_every_kind_becomes_music(band: Corpus, kind: str, bars: int, cls: str) -> None:
    windows = band.windows(kind, bars)
    assert len(windows) > 100
    piece = windows.music(len(windows) // 2)
    assert isinstance(piece, getattr(music, cls))
    assert piece.bars == bars
    for tokens in windows.take([0, 1, 2]).values():
        assert tokens.shape == (3, bars * 16)


def test_loops_obey_the_rules_in_their_rolls(band: Corpus) -> None:
    loops = band.windows("loop", 8)
    for i in range(0, len(loops), 17):
        roll = loops.music(i).roll
        assert np.mean(roll[:16] != roll[64:80]) < 0.0015
        assert roll[0, :84].sum() == 1
        assert roll[0, 84]
        assert roll[0, 91]


def test_loops_are_unique_as_rolls(band: Corpus) -> None:
    loops = band.windows("loop", 8)
    rolls = {loops.music(i).roll.tobytes() for i in range(len(loops))}
    assert len(rolls) == len(loops) < len(band.windows("loop", 8, unique=False))


def test_taken_melodies_begin_with_no_orphan(band: Corpus) -> None:
    tokens = band.windows("melody", 2, unique=False).take(slice(None))["melody"]
    assert (tokens[:, 0] != HOLD).all()


def test_trio_is_the_cross_product_of_parts() -> None:
    song = play(5)
    melody, bass, drums = song.parts
    doubled = Song(song.name, song.group, (melody, melody, bass, drums), "t", "t", "train")
    single = Song(song.name, song.group, song.parts, "t", "t", "train")
    two = from_songs("t", [doubled]).windows("trio", 4, unique=False)
    one = from_songs("t", [single]).windows("trio", 4, unique=False)
    assert len(two) == 2 * len(one) > 0


def test_splits_by_song_and_proportion() -> None:
    sizes = {name: len(buckets) for name, buckets in SPLITS.items()}
    clsm = [sizes[f"clsm-{part}"] for part in ("train-1", "valid-1", "train-2", "valid-2", "test")]
    assert clsm == [11, 1, 6, 1, 1]
    assert sizes["ec2-train"] / sizes["ec2-test"] == 9
    assert bucket_of("a song") == bucket_of("a song")
    assert bucket_of("a song", "test") in SPLITS["test"]
    assert identity("The Beatles", "Help! (live).2") == identity("beatles", "HELP")


def test_no_split_repeats_a_window_that_is_trained_beside_it(band: Corpus) -> None:
    for held_out, *trained in (
        ("valid", "train"),
        ("test", "train"),
        ("clsm-valid-1", "clsm-train-1"),
        ("clsm-test", "clsm-train-1", "clsm-train-2"),
        ("ec2-test", "ec2-train"),
    ):
        seen = [band.windows("drums", 2, split=name).hashes for name in trained]
        assert not np.isin(
            band.windows("drums", 2, split=held_out).hashes, np.concatenate(seen)
        ).any()


def test_no_song_stands_on_both_sides(band: Corpus) -> None:
    sides = [set(band.windows("melody", 2, split=s).songs) for s in ("train", "valid", "test")]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]


def test_joined_corpora_keep_their_music(band: Corpus) -> None:
    other = from_songs("t", [tune("one", BAR_A + BAR_B + BAR_C, "train")])
    both = join([other, band])
    assert len(both) == len(band) + 1
    trio, alone = both.windows("trio", 16), band.windows("trio", 16)
    assert trio.hashes.tolist() == alone.hashes.tolist()
    assert both.windows("leadsheet", 8).music(3) == band.windows("leadsheet", 8).music(3)
    assert trio.name(0) == alone.name(0)


def test_questions_that_make_no_sense_are_answered_in_words(band: Corpus) -> None:
    with pytest.raises(CorpusError, match="no windows are called"):
        band.windows("opera", 2)
    with pytest.raises(CorpusError, match="a loop has 8 bars"):
        band.windows("loop", 4)
    with pytest.raises(CorpusError, match="no split is called"):
        band.windows("melody", 2, split="night")
    with pytest.raises(CorpusError, match="1 or more"):
        band.windows("melody", 0)


def test_empty_answers_are_empty_windows() -> None:
    corpus = from_songs("t", [tune("one", BAR_A, "train")])
    windows = corpus.windows("trio", 16)
    assert len(windows) == 0
    assert windows.take(slice(None))["bass"].shape == (0, 256)
