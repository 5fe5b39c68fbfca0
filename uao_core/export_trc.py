"""Takes as TRC, the marker format of OpenSim and Motion Analysis.

One marker a joint, in millimetres and in OpenSim's ground frame: x forward (towards the camera), y up, z to the right of
somebody who looks along x. What is missing is blank, which OpenSim reads as NaN; lines end in a tab,
as OpenSim writes and expects them. Times are those of the source.
"""

import math
from pathlib import Path

import numpy as np

from uao_core.atomic import atomic_text
from uao_core.export_options import ExportOptions
from uao_core.markers import count_marks, marks, upright_world
from uao_core.skeleton import JOINT_NAMES
from uao_core.take import Take

_TO_OPENSIM = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
_FIELDS = "DataRate CameraRate NumFrames NumMarkers Units OrigDataRate OrigDataStartFrame OrigNumFrames"


def write_trc(take: Take, path: Path, options: ExportOptions = ExportOptions()) -> None:
    """Write the measured joints, instant by instant.

    Raises:
        UaoError: nobody was found in the take, or the file cannot be written.
    """
    count, world = count_marks(take), upright_world(take, options.body.camera_tilt_deg).turned(_TO_OPENSIM)
    rate, numbers = f"{take.fps:.6g}", range(1, len(JOINT_NAMES) + 1)
    name = path.name.replace(" ", "_")  # the first line is split at blanks
    head = (
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "\t".join(_FIELDS.split()),
        f"{rate}\t{rate}\t{count}\t{len(JOINT_NAMES)}\tmm\t{rate}\t1\t{count}",
        "Frame#\tTime\t" + "".join(f"{joint}\t\t\t" for joint in JOINT_NAMES),
        "\t\t" + "".join(f"{axis}{number}\t" for number in numbers for axis in "XYZ"),
        "",
    )
    with atomic_text(path) as file:
        file.writelines(line + "\n" for line in head)
        for number, mark in enumerate(marks(take, world, options.max_sigma_mm), start=1):
            values = (1000 * mark.joints_m).ravel().tolist()
            cells = "".join("\t" if math.isnan(value) else f"{value:.3f}\t" for value in values)
            file.write(f"{number}\t{mark.time_s:.6f}\t{cells}\n")
