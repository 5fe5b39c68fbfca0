"""Data sets of others, in their own layouts, read into one kind of capture.

`read_captures` recognises the layout: packed motion capture ("mocap"), BVH files ("bvh"), Human3.6M as VideoPose3D
("videopose3d") or as 3d-pose-baseline ("h36m") prepares it, and the test set of MPI-INF-3DHP ("mpi-inf-3dhp").
"""

from models.datasets.capture import GROUND_TRUTH, Capture, View
from models.datasets.protocols import Published, is_tested, part_of
from models.datasets.reading import LAYOUTS, read_captures

__all__ = [
    "GROUND_TRUTH",
    "LAYOUTS",
    "Capture",
    "Published",
    "View",
    "is_tested",
    "part_of",
    "read_captures",
]
