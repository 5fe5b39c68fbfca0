"""Keypoints of one camera to 3D poses that know their error; takes to files.

    from models.weights import load_lifter
    from uao_core import lift, write_take

    take = lift(keypoints_px, fps=30, image_size=(1920, 1080), lifter=load_lifter())
    write_take(take, "take.glb")

What is named here is what other programs may count on. It is loaded when it is first used: importing the package costs
nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uao_core.api import lift as lift
    from uao_core.errors import UaoError as UaoError
    from uao_core.export import write_take as write_take
    from uao_core.export_options import ExportOptions as ExportOptions
    from uao_core.import_json import read_take as read_take
    from uao_core.keypoints import joints_from_mediapipe as joints_from_mediapipe
    from uao_core.optimize import UaoConfig as UaoConfig
    from uao_core.packets import FrameResult as FrameResult
    from uao_core.packets import Keypoints as Keypoints
    from uao_core.packets import Pose as Pose
    from uao_core.skeleton import JOINT_NAMES as JOINT_NAMES
    from uao_core.skeleton import PARENTS as PARENTS
    from uao_core.take import Take as Take

_HOMES = {
    "api": ("lift",),
    "errors": ("UaoError",),
    "export": ("write_take",),
    "export_options": ("ExportOptions",),
    "import_json": ("read_take",),
    "keypoints": ("joints_from_mediapipe",),
    "optimize": ("UaoConfig",),
    "packets": ("FrameResult", "Keypoints", "Pose"),
    "skeleton": ("JOINT_NAMES", "PARENTS"),
    "take": ("Take",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'uao_core' has no attribute {name!r}")
    return getattr(import_module(f"uao_core.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
