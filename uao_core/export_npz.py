"""Takes as NumPy arrays (.npz, compressed, without pickles), in the camera's axes, as JSON.

| key | shape | |
|---|---|---|
| joints_m | (T, 23, 3) | x right, y down, z forward; NaN where missing |
| sigma_mm | (T, 23) | expected error relative to the pelvis; NaN where nobody was found |
| keypoints_px | (T, 23, 3) | x, y, confidence; NaN where nobody was found |
| time_s, frame | (T,) | of the source |
| joint_names, parents | (23,) | parents are indices, -1 at the root |
| fps, focal_px, focal_is_estimated | () | |
| principal_point_px, image_size | (2,) | |
| axes, source | () | text |
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uao_core.atomic import atomic_path
from uao_core.export_csv import frame_numbers
from uao_core.export_json import AXES
from uao_core.export_options import ExportOptions
from uao_core.skeleton import JOINT_NAMES, NUM_JOINTS, PARENTS
from uao_core.take import Take


def write_npz(take: Take, path: Path, options: ExportOptions = ExportOptions()) -> None:
    """Write every frame of the take.

    Raises:
        UaoError: the file cannot be written.
    """
    numbers = np.empty((len(take.frames), NUM_JOINTS, 7), dtype=np.float32)
    for i, frame in enumerate(take.frames):
        numbers[i] = frame_numbers(frame, options.max_sigma_mm)
    arrays: dict[str, NDArray[Any]] = {
        "joints_m": numbers[..., :3],
        "sigma_mm": numbers[..., 3],
        "keypoints_px": numbers[..., 4:],
        "time_s": np.array([frame.time_s for frame in take.frames]),
        "frame": np.array([frame.index for frame in take.frames], dtype=np.int64),
        "joint_names": np.array(JOINT_NAMES),
        "parents": np.array(PARENTS),
        "fps": np.array(take.fps),
        "focal_px": np.array(take.intrinsics.focal_px),
        "focal_is_estimated": np.array(take.intrinsics.estimated),
        "principal_point_px": np.array(take.intrinsics.principal_point_px),
        "image_size": np.array(take.image_size),
        "axes": np.array(AXES),
        "source": np.array(take.source_name),
    }
    assert not any(values.dtype.hasobject for values in arrays.values()), "objects would be pickled"
    with atomic_path(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # before NumPy 2.1 allow_pickle would be an array too
