"""Make the pictures of exports in Blender: python docs/blender_pictures.py CLIPS [--takes FOLDER] [--only NAME ...]

CLIPS is a folder in which, at any depth, the three clips lie that docs/export.md names. Each becomes a take and a BVH by the
program's own command line; Blender, whose Python UAO_BLENDER_PYTHON names, imports the BVH with its default settings and
renders it (blender_render.py); pictures and frames of the video are set together in docs/pictures. With --takes the takes
are kept there, and one that is there already is not made anew.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cli import main as run
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.import_json import read_take
from uao_core.take import Take

PICTURES = Path(__file__).parent / "pictures"
RENDER = Path(__file__).with_name("blender_render.py")
SIDE_PX, JPEG_QUALITY = 320, 80
ROOM = 1.35
"""Of the crop: its side in heights, or widths, of the person."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, the moments shown of it, and what is said to the program beside its name."""

    file: str
    seconds: tuple[float, float, float]
    options: tuple[str, ...] = ()


CLIPS = {
    "office": Clip("bodypose3d_walkin_sit_tpose.mp4", (0.8, 3.35, 5.85)),
    "laboratory": Clip("pose2sim_single_cam01.mp4", (0.1, 0.75, 1.6)),
    "park": Clip("sports2d_walk_behind_trees.mp4", (2.2, 2.9, 5.6), ("--follow", "1394,723,2.07")),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, metavar="CLIPS")
    parser.add_argument("--takes", type=Path, metavar="FOLDER")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=list(CLIPS), metavar="NAME")
    args = parser.parse_args()
    python = os.environ.get("UAO_BLENDER_PYTHON")
    if not python:
        parser.error("UAO_BLENDER_PYTHON must name a Python with Blender in it (python3.11, pip install bpy==5.0.1)")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for name in args.only:
                picture(python, name, find(args.clips, CLIPS[name].file), args.takes or Path(scratch), Path(scratch))
        except UaoError as error:
            print(f"blender_pictures: {error}", file=sys.stderr)
            return 1
    return 0


def find(folder: Path, name: str) -> Path:
    found = sorted(folder.rglob(name))
    if not found:
        raise UaoError(f"{name} is nowhere in {folder}; docs/export.md says where it comes from.")
    return found[0]


def picture(python: str, name: str, video: Path, takes: Path, scratch: Path) -> None:
    """Write docs/pictures/blender_NAME.jpg: moments in columns; the video, Blender from about there, and from the side."""
    clip, saved, bvh = CLIPS[name], takes / f"{name}.json", scratch / f"{name}.bvh"
    if not saved.exists() and run([str(video), "--headless", "--export", str(saved), *clip.options]):
        raise UaoError(f"{video.name} did not become a take.")
    take = read_take(saved)
    write_take(take, bvh)
    started = take.frames[0].time_s
    frames = [round(second * take.fps) for second in clip.seconds]
    command = [python, str(RENDER), str(bvh), str(scratch / name), *map(str, frames)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UaoError(f"Blender could not draw {bvh.name}: {done.stderr[-1000:]}")
    columns = [
        np.vstack(
            [
                seen(video, take, started + frame / take.fps),
                *(drawn(scratch / f"{name}-{frame}-{view}.png") for view in ("front", "side")),
            ]
        )
        for frame in frames
    ]
    target = PICTURES / f"blender_{name}.jpg"
    cv2.imwrite(str(target), np.hstack(columns), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    print(f"wrote {target.relative_to(PICTURES.parent.parent)}, {target.stat().st_size // 1000} kB")


def drawn(path: Path) -> Pixels:
    return scaled(np.asarray(cv2.imread(str(path)), np.uint8))


def seen(video: Path, take: Take, time_s: float) -> Pixels:
    """The video about the person at a time; grey where the crop is larger than the picture."""
    frame = min((f for f in take.frames if f.pose is not None), key=lambda f: abs(f.time_s - time_s))
    assert frame.keypoints.joints_px is not None
    reader = cv2.VideoCapture(str(video))
    for _ in range(frame.index + 1):  # seeking is not exact in every file
        known, pixels = reader.read()
        if not known:
            raise UaoError(f"{video.name} ends before frame {frame.index}, which its take has.")
    reader.release()
    points = np.asarray(frame.keypoints.joints_px)[:, :2]
    points = points[np.isfinite(points).all(axis=1)].clip((0, 0), (pixels.shape[1], pixels.shape[0]))
    low, high = points.min(axis=0), points.max(axis=0)
    side = int(ROOM * (high - low).max())
    left, top = ((low + high - side) / 2).astype(int)
    padded = cv2.copyMakeBorder(pixels, side, side, side, side, cv2.BORDER_CONSTANT, value=(60, 60, 60))
    return scaled(np.asarray(padded[top + side : top + 2 * side, left + side : left + 2 * side], np.uint8))


def scaled(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    sys.exit(main())
