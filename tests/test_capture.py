"""Video files through OpenCV: real files, written here."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from app import capture
from app.capture import FileSource, PixelFormat
from app.pictures import Pictures
from app.pipeline import Detections, _detected
from tests.mp4 import ticks_a_second, turned, with_durations
from uao_core.errors import UaoError
from uao_core.packets import Detection


@pytest.fixture
def numbered_video(tmp_path):
    """Twenty frames at 10 fps, each brighter than the one before; 64 x 48."""
    path = tmp_path / "numbers with spaces é.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for i in range(20):
        writer.write(np.full((48, 64, 3), 10 * i, np.uint8))
    writer.release()
    return path


def read_all(source):
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def number(frame):
    return round(float(frame.pixels.mean()) / 10)


def test_a_file_gives_every_frame_once(numbered_video):
    source = FileSource(numbered_video)
    assert source.info.image_size == (64, 48) and source.info.fps == 10 and source.info.frame_count == 20
    assert not source.info.is_live
    frames = read_all(source)
    assert [number(f) for f in frames] == list(range(20)) == [f.index for f in frames]
    assert np.allclose(np.diff([f.time_s for f in frames]), 0.1, atol=1e-3)
    assert frames[0].pixel_format is PixelFormat.BGR and frames[0].time_s == 0


def test_start_and_end_cut_the_file(numbered_video):
    source = FileSource(numbered_video, 0.5, 1.2)
    frames = read_all(source)
    assert [number(f) for f in frames] == list(range(5, 12))
    assert frames[0].index == 0 and frames[0].time_s == pytest.approx(0, abs=1e-3)
    assert source.info.frame_count == 7


def test_seek_finds_the_frame(numbered_video):
    for start_s in (0.0, 0.5):
        source = FileSource(numbered_video, start_s)
        first = number(source.read())
        for wanted in (9, 3, 0, 7):
            source.seek(wanted)
            frame = source.read()
            assert frame.index == wanted and number(frame) == first + wanted
        source.close()


def test_it_reads_on_where_a_frame_is_near_and_seeks_where_it_is_not(monkeypatch, numbered_video):
    monkeypatch.setattr(capture, "_READ_ON", 4)
    source, sought = FileSource(numbered_video, end_s=1.5), []
    seek = source.seek
    monkeypatch.setattr(source, "seek", lambda index, time_s=None: (sought.append(index), seek(index, time_s)))
    wanted = (0, 3, 8, 2, 13)
    assert [number(source.read_at(index, index / 10)) for index in wanted] == list(wanted) and sought == [2, 13]
    assert source.read_at(17, 1.7) is None, "behind the end"
    assert number(source.read_at(14, 1.4)) == 14 and sought == [2, 13, 14]
    source.close()


def test_rgb_turns_the_channels(tmp_path):
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[..., 0] = 200
    assert capture.Frame(pixels, PixelFormat.BGR, 0, 0.0, 0.0).rgb()[0, 0].tolist() == [0, 0, 200]
    assert capture.Frame(pixels, PixelFormat.RGB, 0, 0.0, 0.0).rgb()[0, 0].tolist() == [200, 0, 0]


def test_the_range_must_hold_a_frame(numbered_video):
    with pytest.raises(UaoError, match="ends at"):
        read_all(FileSource(numbered_video, 30.0))


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "empty", "truncated"])
def test_what_is_no_video_is_refused_in_one_sentence(tmp_path, numbered_video, kind):
    path = tmp_path / "clip.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("this is no video")
    elif kind == "empty":
        path.touch()
    elif kind == "truncated":
        path.write_bytes(numbered_video.read_bytes()[:300])
    with pytest.raises(UaoError) as caught:
        FileSource(path)
    assert "clip.mp4" in str(caught.value) and "\n" not in str(caught.value)


# Files as phones write them


@pytest.fixture
def plain_mp4(tmp_path):
    """Sixty frames at 30 fps, 96 x 64, with a white corner at the upper left and their number in six squares below."""
    path = tmp_path / "plain.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (96, 64))
    for i in range(60):
        pixels = np.zeros((64, 96, 3), np.uint8)
        pixels[:32, :48] = 255
        for bit in range(6):
            pixels[48:, 16 * bit : 16 * bit + 16] = 255 * (i >> bit & 1)
        writer.write(pixels)
    writer.release()
    return path.read_bytes()


def written_number(frame):
    """The number of the frame as its squares say."""
    return sum(int(frame.pixels[56, 16 * bit + 8, 0] > 127) << bit for bit in range(6))


@pytest.mark.parametrize(
    ("degrees", "size", "corner"), [(90, (64, 96), (0, 1)), (180, (96, 64), (1, 1)), (270, (64, 96), (1, 0))]
)
def test_a_phone_s_video_comes_upright(tmp_path, plain_mp4, degrees, size, corner):
    path = tmp_path / "phone.mp4"
    path.write_bytes(turned(plain_mp4, degrees))
    source = FileSource(path)
    frames = read_all(source)
    assert source.info.image_size == size and {frame.size for frame in frames} == {size}
    height, width = frames[0].pixels.shape[:2]
    bright = frames[0].pixels[..., 0] > 200  # the number of the first is nought, and dark
    rows, columns = np.nonzero(bright)
    assert (rows.mean() > height / 2, columns.mean() > width / 2) == (bool(corner[0]), bool(corner[1]))


def test_keypoints_are_of_the_upright_picture(tmp_path, clip):
    """The bundled clip, lying on its side and noted so, is the bundled clip again."""
    from app.detector import Detector, PoseModel

    lying, path = tmp_path / "lying.mp4", tmp_path / "upright.mp4"
    source = FileSource(clip, end_s=0.6)
    writer = cv2.VideoWriter(str(lying), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, source.info.image_size)
    originals = read_all(source)
    for frame in originals:
        writer.write(np.ascontiguousarray(np.rot90(frame.pixels)))
    writer.release()
    path.write_bytes(turned(lying.read_bytes(), 90))
    found = []
    for frames in (originals, read_all(FileSource(path))):
        with Detector(PoseModel.LITE) as detector:
            found.append(np.stack([detector.detect(frame).first.joints_px for frame in frames])[4:])
    sure = (found[0][..., 2] > 0.8) & (found[1][..., 2] > 0.8)
    assert sure.mean() > 0.3
    assert np.median(np.linalg.norm(found[0] - found[1], axis=-1)[sure]) < 8


@pytest.fixture
def uneven_mp4(tmp_path, plain_mp4):
    """Ten frames a second, then sixty, in turns of ten; and the true time of every frame."""
    ticks = ticks_a_second(plain_mp4)
    durations = [ticks // 60 if (i // 10) % 2 else ticks // 10 for i in range(60)]
    path = tmp_path / "uneven.mp4"
    path.write_bytes(with_durations(plain_mp4, durations))
    return path, np.concatenate([[0], np.cumsum(durations)[:-1]]) / ticks


def test_times_are_those_of_the_file_where_its_rate_changes(uneven_mp4):
    path, times_s = uneven_mp4
    frames = read_all(FileSource(path))
    assert [written_number(f) for f in frames] == list(range(60)) == [f.index for f in frames]
    assert [f.time_s for f in frames] == pytest.approx(list(times_s), abs=1e-4)


@pytest.mark.parametrize("start_s", [0.0, 1.05])
def test_seeking_finds_the_frame_where_the_rate_changes(uneven_mp4, start_s):
    path, _ = uneven_mp4
    frames = read_all(FileSource(path, start_s))
    source = FileSource(path, start_s)
    for wanted in (30, 5, 45, 44, 19, 0, 12, 11, len(frames) - 1):
        source.seek(wanted, frames[wanted].time_s)
        for expected in frames[wanted : wanted + 3]:
            frame = source.read()
            assert (frame.index, written_number(frame)) == (expected.index, written_number(expected))
            assert frame.time_s == pytest.approx(expected.time_s, abs=1e-6)
    source.close()


def test_the_window_s_reader_finds_the_frame_where_the_rate_changes(qtbot, uneven_mp4):
    from app.options import parse_options
    from app.window.workers import FrameReader

    path, times_s = uneven_mp4
    reader = FrameReader(parse_options([]), path)
    reader.start()
    try:
        for wanted in (50, 3, 49, 25):
            with qtbot.waitSignal(reader.read, timeout=10_000) as caught:
                reader.request(wanted, float(times_s[wanted]))
            assert caught.args[0].index == wanted == written_number(caught.args[0])
    finally:
        reader.stop()
        reader.wait()


@pytest.mark.parametrize("found", [1, 17, 41])
def test_processing_goes_on_with_the_next_frame_where_the_rate_changes(uneven_mp4, found):
    frames = read_all(FileSource(uneven_mp4[0]))
    known = Detections([Detection(frame.index, frame.time_s, ()) for frame in frames[:found]])
    looked_at = []

    class Detector:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def detect(self, frame):
            looked_at.append(written_number(frame))
            return Detection(frame.index, frame.time_s, ())

    given = list(_detected(FileSource(uneven_mp4[0]), SimpleNamespace(detector=lambda *, is_live: Detector()), known))
    assert looked_at == list(range(found, 60))
    assert [d.index for d in given] == list(range(60)) and known.is_complete
    assert [d.time_s for d in given] == pytest.approx([frame.time_s for frame in frames])


def test_seeking_by_time_finds_the_frame_of_an_even_file(numbered_video, clip):
    for path, start_s in ((numbered_video, 0.0), (numbered_video, 0.5), (clip, 0.0), (clip, 3.3)):
        frames = read_all(FileSource(path, start_s))
        source = FileSource(path, start_s)
        for wanted in (len(frames) - 2, 3, 0, 9):
            source.seek(wanted, frames[wanted].time_s)
            frame = source.read()
            assert frame.index == wanted and np.array_equal(frame.pixels, frames[wanted].pixels)
            assert frame.time_s == pytest.approx(frames[wanted].time_s, abs=1e-6)
        source.close()


def test_seeking_goes_by_number_where_timestamps_are_of_no_use(monkeypatch, numbered_video):
    get = Pictures.get
    monkeypatch.setattr(Pictures, "get", lambda self, which: 0.0 if which == cv2.CAP_PROP_POS_MSEC else get(self, which))
    frames = read_all(FileSource(numbered_video))
    source = FileSource(numbered_video)
    for wanted in (12, 4):
        source.seek(wanted, frames[wanted].time_s)
        frame = source.read()
        assert (frame.index, number(frame)) == (wanted, wanted) and frame.time_s == pytest.approx(wanted / 10, abs=1e-4)


def test_a_seek_before_the_first_read_knows_the_start(numbered_video):
    source = FileSource(numbered_video, 0.5)
    source.seek(6)
    assert number(source.read()) == 11
