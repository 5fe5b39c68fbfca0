"""Files and cameras through OpenCV: real files, written here."""

import time

import cv2
import numpy as np
import pytest

from app import capture
from app.capture import CameraSource, FileSource, PixelFormat
from uao_core.errors import UaoError


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


class FakeCapture:
    """A webcam of 200 frames a second that is unplugged after `frames`."""

    def __init__(self, frames=10_000, opens=True):
        self.left, self.opens = frames, opens

    def isOpened(self):  # noqa: N802
        return self.opens

    def read(self):
        time.sleep(0.005)
        self.left -= 1
        return (self.left >= 0), np.full((48, 64, 3), 7, np.uint8)

    def get(self, _):
        return 0.0  # as drivers say that do not know

    def release(self):
        self.left = 0


def use_camera(monkeypatch, camera):
    monkeypatch.setattr(capture.cv2, "VideoCapture", lambda *_: camera)


def test_a_camera_gives_the_newest_frame_and_drops_the_rest(monkeypatch):
    use_camera(monkeypatch, FakeCapture())
    source = CameraSource(0)
    assert source.info.is_live and source.info.fps == 30
    source.read()
    time.sleep(0.3)
    frame = source.read()
    age_s = time.monotonic() - frame.grabbed_s
    source.close()
    assert frame.index > 15, "frames that nobody read must have been dropped"
    assert age_s < 0.1


def test_an_unplugged_camera_ends(monkeypatch):
    use_camera(monkeypatch, FakeCapture(frames=5))
    source = CameraSource(0)
    assert len(read_all(source)) <= 5


@pytest.mark.parametrize("camera", [FakeCapture(opens=False), FakeCapture(frames=0)], ids=["busy", "dark"])
def test_a_camera_that_does_not_work_is_named(monkeypatch, camera):
    use_camera(monkeypatch, camera)
    with pytest.raises(UaoError, match="Camera 3"):
        CameraSource(3)
