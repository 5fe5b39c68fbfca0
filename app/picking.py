"""Which joint is meant by a point of the 3D view."""

import numpy as np
from numpy.typing import NDArray

from app.scene import to_world
from app.view import View


def joints_in(view: View) -> NDArray[np.float64] | None:
    """(23, 2) pixels of the joints in a picture, NaN behind the viewer; None where it shows nobody."""
    return view.project(to_world(view.pose.joints_m))[0] if view.pose is not None else None


def nearest_joint(view: View, x: float, y: float, within_px: float) -> int | None:
    """The joint that lies nearest to a pixel of the picture, if it is no farther than `within_px`."""
    joints = joints_in(view)
    if joints is None:
        return None
    distance = np.nan_to_num(np.hypot(joints[:, 0] - x, joints[:, 1] - y), nan=np.inf)
    joint = int(distance.argmin())
    return joint if distance[joint] <= within_px else None
