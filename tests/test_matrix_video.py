"""Every kind of video file that somebody may open, through the command line: what is read, how it ends, what is on disk.

The window's side of it is in `test_matrix_video_window`, what the pictures show in `test_matrix_scene`.
"""

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from app.capture import FileSource
from tests import odd_videos as odd
from tests.matrix import command_line  # noqa: F401 (a fixture)
from tests.mp4 import ticks_a_second, turned, with_durations
from tests.odd_videos import COUNT, FPS, SIZE, write

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes, permissions and names")


# No video


def _is_empty(folder):
    return write(folder / "clip.mp4", b"")


def _is_text(folder):
    return write(folder / "clip.mp4", b"this is no video\n" * 30)


def _has_no_index(folder):
    return write(folder / "clip.mp4", odd.video(folder, ".mp4")[:-400])


def _has_only_sound(folder):
    return write(folder / "clip.mp4", odd.video(folder, ".mp4").replace(b"vide", b"soun"))


def _is_sound(folder):
    return odd.sound(folder / "clip.mp4")


def _is_a_pipe(folder):
    os.mkfifo(folder / "clip.mp4")
    return folder / "clip.mp4"


def _is_not_there(folder):
    return folder / "clip.mp4"


def _has_too_long_a_name(folder):
    return folder / f"clip.mp4{'x' * 300}"


REFUSED = {
    "empty": (_is_empty, "clip.mp4 is empty; copy the video again."),
    "text": (_is_text, "clip.mp4 cannot be read as a video; try to play it, or convert it to MP4 (H.264)."),
    "truncated, without an index": (_has_no_index, "clip.mp4 is cut off: the index that is written last (moov) is missing;"),
    "no video stream": (_has_only_sound, "clip.mp4 holds sound and no pictures; give the name of a video file."),
    "a sound file": (_is_sound, "clip.mp4 holds sound and no pictures; give the name of a video file."),
    "missing": (_is_not_there, "There is no file "),
    "name too long": (_has_too_long_a_name, "cannot be opened (File name too long)"),
    "a pipe": (_is_a_pipe, "clip.mp4 is a pipe or a device; save the video in a file and give its name."),
}
_POSIX = {"a pipe", "name too long"}
REFUSALS = [pytest.param(cell, marks=posix_only if cell in _POSIX else ()) for cell in REFUSED]


@pytest.mark.parametrize("cell", REFUSALS)
def test_what_is_no_video_is_refused_in_one_sentence_and_nothing_is_written(tmp_path, run, cell):
    make, words = REFUSED[cell]
    assert words in run(make(tmp_path), export=("json", "bvh")).refusal


def test_a_folder_is_refused_as_wrong_usage(tmp_path, run):
    (tmp_path / "clip.mp4").mkdir()
    left = run(tmp_path / "clip.mp4")
    assert left.status == 2 and "a folder of them, need --headless and --out FOLDER" in left.err and left.files == ()


@contextmanager
def as_a_common_user():
    """Permissions are of no account to root: who runs tests as root is nobody for a while."""
    is_root = os.geteuid() == 0
    os.seteuid(65534 if is_root else os.geteuid())
    try:
        yield
    finally:
        os.seteuid(0 if is_root else os.geteuid())


@posix_only
@pytest.mark.parametrize("locked", ["file", "folder"])
def test_what_may_not_be_read_is_refused(run, locked):
    with TemporaryDirectory() as name:  # not pytest's own, which lets nobody in
        folder = Path(name, "inside")
        folder.mkdir()
        Path(name).chmod(0o755)
        clip = write(folder / "clip.mp4", odd.video(folder, ".mp4"))
        (clip if locked == "file" else folder).chmod(0)
        told = run(clip, export=(), within=as_a_common_user()).refusal
        folder.chmod(0o700)
    assert told == f"{clip} cannot be opened (Permission denied); check its permissions, and that its disk is connected."


def test_a_read_error_is_refused(run, tmp_path, monkeypatch):
    """As of a worn disk, or of a share whose server is gone."""
    clip, real = write(tmp_path / "clip.mp4", odd.video(tmp_path, ".mp4")), Path.open

    def failing(path, *how, **more):
        if path == clip:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path, *how, **more)

    monkeypatch.setattr(Path, "open", failing)
    assert "clip.mp4 cannot be opened (Input/output error);" in run(clip).refusal


@posix_only
def test_in_a_batch_each_is_named_and_the_good_one_is_done(tmp_path, run):
    for number, (make, _) in enumerate(REFUSED.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder)
    write(tmp_path / "good.avi", odd.video(tmp_path, ".avi"))
    left = run(tmp_path, "--format", "json", out=True)
    failed = [words for cell, (_, words) in REFUSED.items() if cell not in ("missing", "name too long")]  # not in folders
    assert left.status == 1 and left.files == ("good.json", "uao-batch.json")
    assert f"good.avi: {COUNT} frames, none with a person" in left.out
    assert [words for words in failed if words not in left.err] == []
    assert f"uao-pose: {len(failed)} of {len(failed) + 1} videos failed; the others are in" in left.err.splitlines()[-1]


# Videos, odd as they are


def _times(*durations):
    return [0.0, *np.cumsum(durations)[:-1].tolist()]


def _uneven(folder):
    mp4 = odd.video(folder, ".mp4")
    ticks = ticks_a_second(mp4)
    return write(folder / "clip.mp4", with_durations(mp4, [ticks // (64 if i % 10 < 5 else 8) for i in range(COUNT)]))


def _timed(*stamps_ms):
    return lambda folder: write(folder / "clip.mkv", odd.with_stamps(odd.video(folder, ".mkv"), stamps_ms))


def _file(suffix, change=lambda content: content, name=None, **how):
    return lambda folder: write(folder / (name or f"clip{suffix}"), change(odd.video(folder, suffix, **how)))


def _raw(name, make):
    return lambda folder: write(folder / name, make())


def _sizes():
    return b"".join(odd.jpeg(i, SIZE if i < 10 else (160, 90)) for i in range(COUNT))


EVEN = [i / FPS for i in range(COUNT)]
MS = [50 * i for i in range(COUNT)]
HALF = 0.5 / FPS

# How it is made; when its frames are; the size of its pictures; what is read besides the summary
ODD = {
    "truncated, index first": (_file(".mp4", lambda mp4: odd.index_first(mp4)[:-60]), EVEN[:16], SIZE, "16 of its 20"),
    "truncated Matroska": (_file(".mkv", lambda mkv: mkv[:-1500]), EVEN[:15], SIZE, "15 of its 20"),
    "truncated AVI": (_file(".avi", lambda avi: avi[:-1500]), EVEN[:15], SIZE, "15 of its 20"),
    "damaged in the middle": (
        _file(".mp4", lambda mp4: odd.damaged(odd.index_first(mp4), 0.93, 0.96)),
        EVEN[:14] + EVEN[17:],
        SIZE,
        "17 of its 20",
    ),
    "0 fps": (_file(".avi", lambda avi: odd.avi_header(avi, frame_us=0, rate=0)), [i / 25 for i in range(COUNT)], SIZE, ""),
    "1000 fps": (_file(".avi", fps=1000.0), [i / 1000 for i in range(COUNT)], SIZE, ""),
    "promises too many": (_file(".avi", lambda avi: odd.avi_header(avi, count=5000)), EVEN, SIZE, "20 of its 5000"),
    "promises too few": (_file(".avi", lambda avi: odd.avi_header(avi, count=5)), EVEN, SIZE, ""),
    "promises none": (_file(".avi", lambda avi: odd.avi_header(avi, count=0)), EVEN, SIZE, ""),
    "variable rate": (_uneven, _times(*([1 / 64] * 5 + [1 / 8] * 5) * 2), SIZE, ""),
    "one stamp repeats": (_timed(*MS[:8], MS[7], *MS[8:19]), [*EVEN[:9], EVEN[8] + HALF, *EVEN[9:19]], SIZE, ""),
    "all stamps are alike": (_timed(*[0] * COUNT), EVEN, SIZE, ""),
    "one stamp runs backward": (_timed(*MS[:8], MS[3], *MS[9:]), EVEN, SIZE, ""),
    "stamps begin anew": (_timed(*[3000 + ms for ms in MS[:10]], *MS[:10]), EVEN, SIZE, ""),
    "rotated": (_file(".mp4", lambda mp4: turned(mp4, 90)), EVEN, SIZE[::-1], ""),
    "portrait": (_file(".avi", size=(64, 96)), EVEN, (64, 96), ""),
    "8K": (_file(".avi", size=(7680, 4320), count=2), EVEN[:2], (7680, 4320), ""),
    "16x16": (_file(".avi", size=(16, 16)), EVEN, (16, 16), ""),
    "grey": (_file(".avi", colour=False), EVEN, SIZE, ""),
    "ten bits": (_raw("clip.y4m", odd.ten_bit), EVEN, SIZE, ""),
    "one frame, MP4": (_file(".mp4", count=1), [0.0], SIZE, ""),
    "one frame, AVI": (_file(".avi", count=1), [0.0], SIZE, ""),
    "a photograph": (_raw("clip.jpg", lambda: odd.jpeg(0)), [0.0], SIZE, ""),
    "size changes": (_raw("clip.mjpeg", _sizes), [i / 25 for i in range(COUNT)], SIZE, ""),
    "name with spaces": (_file(".mp4", name="my first clip .mp4"), EVEN, SIZE, ""),
    "name with emoji": (_file(".mp4", name="walk 👟 行走.mp4"), EVEN, SIZE, ""),
    "name of 255 bytes": (_file(".mp4", name=odd.longest_name(".mp4")), EVEN, SIZE, ""),
    "name like a pattern": (_file(".avi", name="clip%03d.avi"), EVEN, SIZE, ""),
}


@pytest.fixture(scope="module", params=ODD)
def cell(request, tmp_path_factory):
    """A video, and what is true of it."""
    make, times_s, size, words = ODD[request.param]
    return make(tmp_path_factory.mktemp("clip")), times_s, size, words


def test_what_can_be_read_of_a_video_is_read_and_written(cell, run):
    clip, times_s, size, words = cell
    left = run(clip)
    assert (left.status, left.files) == (0, ("take.json",))
    assert f"{len(times_s)} frames, none with a person" in left.out
    assert [frame["time_s"] for frame in left.take["frames"]] == pytest.approx(times_s, abs=1e-4)
    assert all(frame["joints_m"] is None for frame in left.take["frames"]) and tuple(left.take["image_size"]) == size
    if words:
        assert left.err == f"uao-pose: {clip.name} is damaged or cut off: {words} pictures could be read.\n"
    else:
        assert left.err == ""


def test_every_frame_of_it_is_found_again(cell):
    """What the window shows under the playhead is what the pose was found in, however the file was searched."""
    clip, times_s, size, words = cell
    source, seeker = FileSource(clip), FileSource(clip)
    frames = list(iter(source.read, None))
    assert [frame.time_s for frame in frames] == pytest.approx(times_s, abs=1e-4) and {f.size for f in frames} == {size}
    if size == SIZE and clip.suffix != ".mjpeg" and "17" not in words:  # where all pictures are as they were
        assert [odd.number_of(frame.pixels) for frame in frames] == list(range(len(times_s)))
    for frame in [*frames[::-1], *frames[::3]][: 1 if size[0] > 1000 else None]:
        seeker.seek(frame.index, frame.time_s)
        again = seeker.read()
        assert (again.index, again.time_s) == (frame.index, pytest.approx(frame.time_s, abs=1e-6))
        assert np.array_equal(again.pixels, frame.pixels)
    source.close()
    seeker.close()


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 0.3), (0.3, 0.6), (0.5, float("inf"))])
def test_of_a_part_that_is_whole_nothing_is_missing(tmp_path, start_s, end_s):
    whole, cut = odd.video(tmp_path, ".mp4"), odd.index_first(odd.video(tmp_path, ".mp4"))[:-60]
    for content, is_cut in ((whole, False), (cut, end_s > 0.8)):
        source = FileSource(write(tmp_path / "clip.mp4", content), start_s, end_s)
        assert source.shortfall is None, "not before the end"
        while source.read() is not None:
            pass
        assert (source.shortfall is not None) == is_cut


@posix_only
def test_a_name_with_a_colon_is_no_protocol(tmp_path, run, monkeypatch):
    write(tmp_path / "12:30.mp4", odd.video(tmp_path, ".mp4"))
    monkeypatch.chdir(tmp_path)
    assert len(run("12:30.mp4").take["frames"]) == COUNT


@posix_only
def test_results_may_have_the_longest_names_there_are(tmp_path, run):
    for take in "12":
        write(tmp_path / f"{odd.longest_name('.avi')[:-5]}{take}.avi", odd.video(tmp_path, ".avi", count=2))
    left = run(tmp_path, "--format", "json", out=True)
    assert left.status == 0 and left.files[0] == "uao-batch.json" and len(left.files) == 3
    for take, name in zip("12", left.files[1:], strict=True):
        assert name.startswith("üüü") and name.endswith(f"üüü{take}.json") and len(name.encode()) < 255
    longest = left.folder / odd.longest_name(".json")
    assert run(next(tmp_path.glob("*.avi")), "--export", longest, export=()).status == 0 and longest.is_file()
    refused = run(next(tmp_path.glob("*.avi")), "--export", left.folder / f"{'x' * 251}.json", export=())
    assert "cannot be written (File name too long); choose another name." in refused.refusal
