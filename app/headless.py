"""Process a file without a window: progress, exports, one line of summary."""

import os
import sys
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from app.capture import FileSource
from app.options import Options
from app.pipeline import Chain, process_file
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.packets import FrameResult
from uao_core.take import Take


def run_headless(options: Options) -> None:
    """Do all that the command line asks for.

    Raises:
        UaoError: nothing has been written then, or what has been written is whole.
    """
    for target in (*options.export, *((options.preview,) if options.preview else ())):
        _check_target(target)
    assert options.clip is not None  # the parser gives a file to every headless run
    chain = Chain.from_options(options)
    take, fps = process_clip(chain, options.clip, options.start_s, options.end_s)
    for target in options.export:
        write_take(take, target, bvh_units=options.bvh_units)
        print(f"wrote {target}")
    if options.preview:
        from app.preview import write_preview  # the renderer is loaded only where a picture is wanted

        write_preview(take, options, options.preview)
        print(f"wrote {options.preview}")
    print(summary(list(take.frames), fps))


def process_clip(chain: Chain, clip: Path, start_s: float, end_s: float, label: str | None = None) -> tuple[Take, float]:
    """The take of a clip, and how many frames a second it was made at; shows progress on a terminal.

    Raises:
        UaoError: the clip cannot be read.
    """
    source = FileSource(clip, start_s, end_s)
    started = time.monotonic()
    frames: list[FrameResult] = []
    try:
        silent = not sys.stderr.isatty()
        with tqdm(total=source.info.frame_count, unit=" frames", desc=label, disable=silent, leave=False) as bar:
            for result in process_file(source, chain):
                frames.append(result)
                bar.update()
    finally:
        source.close()
    return chain.take(source.info, frames), len(frames) / (time.monotonic() - started)


def summary(frames: list[FrameResult], fps: float) -> str:
    """One line about a take."""
    poses = [frame.pose for frame in frames if frame.pose is not None]
    if not poses:
        return f"{len(frames)} frames, none with a person, {fps:.1f} fps"
    sigma_mm = np.mean([pose.sigma_mm for pose in poses])
    before, after = (
        np.mean([getattr(pose, name) for pose in poses]) for name in ("lifted_reprojection_px", "reprojection_px")
    )
    return (
        f"{len(frames)} frames, {len(poses)} with a person, mean uncertainty {sigma_mm:.0f} mm, "
        f"reprojection {before:.1f} px before and {after:.1f} px after the optimization, {fps:.1f} fps"
    )


def _check_target(path: Path) -> None:
    """Refuse before the work what could not be written after it."""
    folder = path.absolute().parent
    if path.is_dir():
        raise UaoError(f"{path} is a folder; give the name of a file to write.")
    make_folder(folder)


def make_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        UaoError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UaoError(f"The folder {folder} cannot be made ({error.strerror}); choose another.") from error
    if not os.access(folder, os.W_OK):
        raise UaoError(f"The folder {folder} cannot be written to; choose another.")
