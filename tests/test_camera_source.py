"""Webcams through OpenCV's interface, with all that cameras do to programs. No real camera is needed."""

import errno
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from app import camera as camera_module
from app import camera_device, camera_trouble
from app.camera import CameraMode, CameraSource, CameraState, fit, list_cameras
from tests.fake_camera import FakeCamera, FakeCameras
from uao_core.errors import UaoError

PATIENCE_S = 20


@pytest.fixture
def device():
    return FakeCamera()


@pytest.fixture
def system(monkeypatch, tmp_path, device):
    """A system with one camera, whose clocks run ten times as fast."""
    monkeypatch.setattr(camera_module, "_STALL_S", 0.2)
    monkeypatch.setattr(camera_module, "_RETRY_S", 0.1)
    monkeypatch.setattr(camera_device, "_FIRST_PICTURE_S", 0.5)
    monkeypatch.setattr(camera_device, "_NEXT_PICTURE_S", 0.15)
    monkeypatch.setattr(camera_device, "_PREDECESSOR_S", 0.3)
    cameras = FakeCameras(device).install(monkeypatch, tmp_path)
    yield cameras
    cameras.end()


@pytest.fixture
def source(system):
    made = CameraSource(0)
    yield made
    made.close()


def until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


class Reader(threading.Thread):
    """Reads a source until it is closed, as the live view does."""

    def __init__(self, source):
        super().__init__(daemon=True)
        self.source, self.frames = source, []

    def run(self):
        while (frame := self.source.read()) is not None:
            self.frames.append(frame)

    def more(self):
        count = len(self.frames)
        until(lambda: len(self.frames) > count + 3)


@pytest.fixture
def reader(source):
    assert source.open()
    made = Reader(source)
    made.start()
    made.more()
    yield made
    source.close()
    made.join(PATIENCE_S)
    assert not made.is_alive()


@pytest.mark.alone
def test_a_camera_gives_the_newest_frame_and_drops_the_rest(source):
    assert source.open() and source.info.is_live and source.info.name == "Front camera"
    assert source.info.image_size == (64, 48) and source.info.fps == 100
    source.read()
    time.sleep(0.4)
    frame = source.read()
    assert frame.index > 10, "frames that nobody read must have been dropped"
    assert time.monotonic() - frame.grabbed_s < 0.1


def test_a_watcher_sees_also_what_is_dropped(source):
    seen = []
    source.watcher = seen.append
    assert source.open()
    until(lambda: len(seen) > 20)
    assert [frame.index for frame in seen[:20]] == list(range(seen[0].index, seen[0].index + 20))


@pytest.mark.alone
def test_closing_lets_the_camera_go_and_wakes_the_reader(source, device, reader):
    started = time.monotonic()
    source.close()
    assert time.monotonic() - started < 0.1
    reader.join(PATIENCE_S)
    until(lambda: device.released == 1)


def test_a_mode_is_asked_for_in_the_way_drivers_need(monkeypatch, system, device):
    monkeypatch.setattr(camera_device, "BACKEND", cv2.CAP_V4L2)
    source = CameraSource(0, CameraMode(1280, 720, 30.0))
    assert source.open()
    source.close()
    mjpg = cv2.VideoWriter.fourcc(*"MJPG")
    width, height, fps = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS
    assert list(device.asked.items()) == [(cv2.CAP_PROP_FOURCC, mjpg), (width, 1280), (height, 720), (fps, 30.0)]
    until(lambda: device.released == 1)
    device.asked.clear()
    plain = CameraSource(0, CameraMode(640, 480))
    assert plain.open()
    plain.close()
    assert device.asked == {width: 640, height: 480}
    assert CameraMode(fps=60.0).needs_compression and not CameraMode().needs_compression


def test_what_is_delivered_is_measured(monkeypatch, system, device):
    monkeypatch.setattr(camera_module, "_MEASURED_S", 0.9)
    device.fps = 25
    source = CameraSource(0, CameraMode(1280, 720, 60.0))
    assert source.delivery is None and source.open()
    until(lambda: source.delivery.fps is not None)
    time.sleep(0.5)
    delivery = source.delivery
    source.close()
    assert delivery.asked == CameraMode(1280, 720, 60.0) and delivery.size == (64, 48)
    assert 15 < delivery.fps < 26 and not delivery.is_black and not delivery.is_still


def test_a_frozen_and_a_black_picture_are_noticed(monkeypatch, source, device, reader):
    monkeypatch.setattr(camera_module, "_STILL_S", 0.2)
    device.is_frozen = True
    until(lambda: source.delivery.is_still)
    device.is_frozen = False
    until(lambda: not source.delivery.is_still)
    device.is_black = True
    until(lambda: source.delivery.is_black)


@pytest.mark.alone
def test_a_slow_camera_can_be_closed_while_it_opens(source, device):
    device.open_s = 1.0
    threading.Timer(0.1, source.close).start()
    started = time.monotonic()
    assert source.open() is False
    assert time.monotonic() - started < 0.6
    until(lambda: device.opened == 1 and device.released == 1)
    assert device.given == 0


def test_a_source_that_was_closed_opens_nothing(source, device):
    source.close()
    assert source.open() is False and source.read() is None and device.opened == 0


def test_the_next_opening_waits_for_the_camera_to_be_let_go(system, device):
    device.fps = 10
    first, second = CameraSource(0), CameraSource(0, CameraMode(1280, 720))
    assert first.open()
    first.close()
    assert second.open()  # the fake fails where two have it
    second.close()


def test_a_dropped_picture_is_no_end(source, device, reader):
    device.drop(3)
    reader.more()
    assert source.state is CameraState.DELIVERING and device.opened == 1


def test_a_stalled_camera_is_waited_for_and_goes_on(source, device, reader):
    device.stall()
    until(lambda: source.state is CameraState.WAITING)
    assert source.delivery.size == (64, 48)
    device.go_on()
    until(lambda: source.state is CameraState.DELIVERING)
    reader.more()
    assert device.opened == 1


@pytest.mark.parametrize("index", [0, 4])
def test_an_unplugged_camera_is_found_again_by_its_name(source, system, device, reader, index):
    told = []
    source._on_state = told.append
    system.cameras.append(FakeCamera(2, "Another"))
    device.unplug()
    until(lambda: source.state is CameraState.WAITING)
    until(lambda: device.released == 1)
    time.sleep(0.3)
    last = reader.frames[-1]
    if index == 4:  # somebody else has taken the place
        system.cameras.append(FakeCamera(0, "Stranger"))
    device.plug_in(index)
    until(lambda: source.state is CameraState.DELIVERING)
    reader.more()
    assert source.index == index and told == [CameraState.WAITING, CameraState.DELIVERING]
    assert [c.opened for c in system.cameras[1:]] == [0] * (len(system.cameras) - 1)
    indices, times = ([getattr(f, name) for f in reader.frames] for name in ("index", "time_s"))
    assert indices == sorted(set(indices)) and times == sorted(set(times))
    after = next(f for f in reader.frames if f.index > last.index)
    assert after.time_s - last.time_s > 0.3, "the gap is in the times"


@pytest.mark.parametrize("system_numbers_anew", [False, True], ids=["Linux", "Windows"])
def test_a_twin_does_not_take_the_place_of_an_unplugged_camera(monkeypatch, tmp_path, system_numbers_anew):
    monkeypatch.setattr(camera_module, "_RETRY_S", 0.05)
    paths = ("usb#1", "usb#2") if system_numbers_anew else ("", "")
    one, other = FakeCamera(0, "C920", paths[0]), FakeCamera(2, "C920", paths[1])
    system = FakeCameras(one, other).install(monkeypatch, tmp_path)
    source = CameraSource(0)
    assert source.open()
    reader = Reader(source)
    reader.start()
    one.unplug()
    if system_numbers_anew:
        other.index = 0
    until(lambda: source.state is CameraState.WAITING)
    time.sleep(0.3)
    assert other.opened == 0
    one.plug_in(4)
    until(lambda: one.opened == 2)
    source.close()
    system.end()


def test_a_driver_that_never_comes_back_is_given_up(monkeypatch, source, device, reader):
    monkeypatch.setattr(camera_device, "_SILENCE_S", 0.5)
    monkeypatch.setattr(FakeCamera, "is_held", False)  # the old thread keeps its capture for ever
    device.stall()
    until(lambda: source.state is CameraState.WAITING)
    until(lambda: device.opened == 2)
    device.go_on()
    reader.more()
    until(lambda: device.released == 1)


def test_a_camera_that_is_busy_on_its_return_is_asked_again(source, device, reader):
    device.unplug()
    until(lambda: source.state is CameraState.WAITING)
    device.is_busy = True
    device.plug_in()
    time.sleep(0.3)
    assert source.state is CameraState.WAITING
    device.is_busy = False
    reader.more()


@pytest.mark.parametrize("size", [(128, 96), (32, 24), (96, 48)])
def test_frames_keep_the_size_of_the_first(source, device, reader, size):
    device.size = size
    until(lambda: source.delivery.size == size)
    reader.more()
    assert {frame.size for frame in reader.frames} == {(64, 48)}
    pixels = reader.frames[-1].pixels
    if size == (96, 48):
        assert (pixels[:8] == 0).all() and (pixels[-8:] == 0).all() and (pixels[8:-8] > 0).all(), "undistorted, with borders"
    else:
        assert (pixels > 0).all()


def test_fitting_keeps_rays_where_they_were():
    """A square stays a square, and its middle stays on the optical axis."""
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[190:290, 270:370] = 255
    for size in ((1280, 720), (320, 240), (720, 1280)):
        rows, columns = np.nonzero(fit(picture, size)[..., 0] > 127)
        wide, tall = np.ptp(columns) + 1, np.ptp(rows) + 1
        assert abs(wide - tall) <= 2 and abs(wide - 100 * min(size[0] / 640, size[1] / 480)) <= 2
        assert abs(columns.mean() - size[0] / 2) < 1.5 and abs(rows.mean() - size[1] / 2) < 1.5


def test_grey_pictures_become_coloured_ones(monkeypatch, source, device):
    monkeypatch.setattr(device, "_grey", lambda value: np.full((48, 64), value, np.uint8))
    assert source.open() and source.read().pixels.shape == (48, 64, 3)


# What is said where there is no picture


def refusal(index=0, mode=CameraMode()):
    source = CameraSource(index, mode)
    with pytest.raises(UaoError) as caught:
        source.open()
    assert "\n" not in str(caught.value) and source.read() is None
    return str(caught.value)


def test_an_absent_camera_is_named_with_those_that_are_there(system):
    system.cameras.append(FakeCamera(2, "Grabber"))
    assert refusal(3) == "There is no camera 3; plugged in are: 0 (Front camera), 2 (Grabber)."
    system.cameras.clear()
    assert refusal(3) == "There is no camera 3; no webcam is plugged in."


def test_a_busy_camera_is_told_from_others(system, device):
    device.is_busy = True
    assert refusal().startswith("Camera 0 (Front camera) is used by another program")
    until(lambda: not device.is_held)


@pytest.mark.skipif(sys.platform != "linux", reason="groups own cameras on Linux alone")
def test_a_forbidden_camera_says_which_group_may(monkeypatch, system, device, tmp_path):
    device.is_busy = True  # the fake's way to refuse
    monkeypatch.setattr(camera_trouble.os, "access", lambda *_: False)
    said = refusal()
    assert "may not be used by you" in said and f"group {(tmp_path / 'video0').group()};" in said and "usermod" in said


@pytest.mark.parametrize(("platform", "words"), [("win32", "Windows may forbid it"), ("darwin", "System Settings")])
def test_elsewhere_all_likely_causes_are_named(monkeypatch, system, device, platform, words):
    device.is_busy = True
    monkeypatch.setattr(camera_trouble, "device_path", lambda _: None)
    monkeypatch.setattr(camera_trouble.sys, "platform", platform)
    said = refusal()
    assert words in said and "another program may use it" in said


def test_a_camera_that_gives_nothing_is_told_from_one_that_does_not_open(system, device):
    device.drop(10**6)
    assert "gives no picture" in refusal() and "resolution" not in refusal()
    assert "another resolution" in refusal(mode=CameraMode(1920, 1080))
    until(lambda: device.opened == device.released == 3)


@pytest.mark.skipif(sys.platform != "linux", reason="V4L2 is Linux's")
@pytest.mark.parametrize(("number", "busy"), [(errno.EBUSY, True), (errno.ENOTTY, False)])
def test_the_device_file_is_asked_whether_it_is_busy(monkeypatch, tmp_path, number, busy):
    import fcntl

    path = tmp_path / "video0"
    path.touch()
    asked = []

    def refuse(handle, request, argument):
        asked.append((Path(f"/proc/self/fd/{handle}").readlink(), request, len(argument)))
        raise OSError(number, "no")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    assert camera_trouble.is_busy(path) is busy
    assert asked == [(path, 0xC0145608, 20)]


def test_cameras_are_listed_in_the_order_of_their_numbers(system):
    system.cameras.append(FakeCamera(9, "B"))
    system.cameras.append(FakeCamera(1, "C"))
    assert [c.index for c in list_cameras()] == [0, 1, 9]
