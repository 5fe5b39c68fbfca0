"""What views are shown: a frame, what was found in it, and what came just before it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from app.capture import Frame
from app.display import Display
from app.follow import Follower
from app.frustum import CameraPicture
from app.orbit import Orbit
from app.trail import trail_of
from app.view import Theme, View
from uao_core.camera import Intrinsics
from uao_core.ground import Ground
from uao_core.packets import FrameResult, Pose

_MOST_FRAMES = 360  # of the past: a trail's second and a half at 240 frames a second


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """All that is shown at one time.

    Attributes:
        frame: the picture.
        result: what was found in it.
        past: results up to and including this one, the oldest first.
        intrinsics: the lens, as far as it is known.
        ground: on which the person stands, as far as it is known.
        mirrored: whether the picture is shown as a mirror would, which people expect of a webcam; the data is not.
    """

    frame: Frame
    result: FrameResult | None
    past: Sequence[FrameResult] = ()
    intrinsics: Intrinsics | None = None
    ground: Ground | None = None
    mirrored: bool = False

    @property
    def pose(self) -> Pose | None:
        return self.result.pose if self.result is not None else None

    @property
    def camera(self) -> CameraPicture | None:
        """The frame as the camera in the 3D view sees it, where the lens is known."""
        return CameraPicture(self.frame, self.intrinsics) if self.intrinsics is not None else None


def view_of(
    moment: Moment | None,
    display: Display,
    follower: Follower,
    size: tuple[int, int],
    theme: Theme,
    orbit: Orbit | None = None,
) -> View:
    """The 3D view of a moment as the user chose to see it.

    Args:
        follower: where the person is and what is upright.
        size: (width, height) in pixels.
        orbit: where the viewer stands; None is the usual place, from which all that is drawn can be seen.
    """
    centre_m = follower.centre_m
    camera = moment.camera if moment is not None and display.frustum else None
    joint = display.trail_joint
    return View(
        orbit=orbit or (Orbit.beside_camera(centre_m) if camera is not None else Orbit()),
        size=size,
        centre_m=centre_m,
        upright=follower.upright,
        pose=moment.pose if moment is not None else None,
        ghost=display.ghost,
        trail=trail_of(moment.past, joint) if moment is not None and joint is not None else None,
        camera=camera,
        scale=display.scale,
        theme=theme,
    )


class Past:
    """The results before the one that is shown: a take's own, or of a live stream the last ones that were shown."""

    def __init__(self) -> None:
        self._live: deque[FrameResult] = deque(maxlen=_MOST_FRAMES)

    def up_to(self, result: FrameResult | None, take: Sequence[FrameResult]) -> Sequence[FrameResult]:
        """Results that end with `result`.

        Args:
            take: results of a file, without a gap; empty where the source is live.
        """
        if result is None:
            return ()
        if take:
            self._live.clear()
            count = result.index + 1 - take[0].index  # a trimmed take does not begin with the first frame of its file
            return take[max(count - _MOST_FRAMES, 0) : count]
        if self._live and result.time_s <= self._live[-1].time_s:  # another stream
            self._live.clear()
        self._live.append(result)
        return tuple(self._live)
