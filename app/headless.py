"""Process a file without a window: progress, exports, one line of summary."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from tqdm import tqdm

from app.capture import FileSource, Frame, SourceInfo
from app.interrupts import stoppable
from app.lens.lens import Known
from app.options import Options
from app.pipeline import Chain, process_file
from app.summary import Summary
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_options import ExportOptions
from uao_core.packets import FrameResult
from uao_core.take import Take

tqdm.set_lock(RLock())  # its own is for several processes: a file in shared memory, and on macOS a process that guards it

OnFrame = Callable[[int, int | None], None]
"""Told how many frames are done, and of how many; None where that is not known."""


def run_headless(options: Options) -> None:
    """Do all that the command line asks for.

    Raises:
        UaoError: what could be written has been, and is whole.
        KeyboardInterrupt: the user ended it; nothing has been written.
    """
    check_targets(options)
    assert options.clip is not None  # the parser gives a file to every headless run
    chain = Chain.from_options(options)
    with stoppable() as is_stopped, tqdm(unit=" frames", disable=not sys.stderr.isatty(), leave=False) as bar:

        def show(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        processed = process_clip(chain, options.clip, options.start_s, options.end_s, show, is_stopped)
    if processed is None:
        raise KeyboardInterrupt
    take = processed.take
    if processed.shortfall is not None:
        print(f"uao-pose: {processed.shortfall}", file=sys.stderr)
    write_targets(take, options.export, options.exporting, lambda target: print(f"wrote {target}"))
    if options.preview:
        from app.preview import write_preview  # the renderer is loaded only where a picture is wanted

        write_preview(take, options, options.preview)
        print(f"wrote {options.preview}")
    print(Summary.of(take.frames).line(processed.fps))


@dataclass(frozen=True, slots=True)
class Processed:
    """The take of a clip, how many frames a second it was made at, and what was missing of the clip, in a sentence."""

    take: Take
    fps: float
    shortfall: str | None = None


def process_clip(
    chain: Chain,
    clip: Path,
    start_s: float,
    end_s: float,
    on_frame: OnFrame = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Processed | None:
    """Process a clip from start to end.

    Args:
        on_frame: told after every frame how many are done, and of how many, if the file says.
        is_stopped: asked before every frame and every step, by three threads; may keep them waiting, which holds the work.

    Returns:
        None where it was stopped.

    Raises:
        UaoError: the clip cannot be read.
    """
    source = FileSource(clip, start_s, end_s)
    started = time.monotonic()
    frames: list[FrameResult] = []
    try:
        _check_choices(chain, source)
        for result in process_file(_Stoppable(source, is_stopped), chain, None, is_stopped):
            frames.append(result)
            on_frame(len(frames), source.info.frame_count)
            if is_stopped():
                break
    finally:
        source.close()
    if is_stopped():
        return None
    return Processed(chain.take(source.info, frames), len(frames) / (time.monotonic() - started), source.shortfall)


def _check_choices(chain: Chain, source: FileSource) -> None:
    """Refuse what the user has chosen for other clips than this one.

    Raises:
        UaoError: the person to follow is not within its pictures, or the lens was measured on others.
    """
    (width, height), choice = source.info.image_size, chain.follow
    if choice is not None and not (choice.x_px < width and choice.y_px < height):
        raise UaoError(
            f"Nobody can be followed at {choice.x_px:g},{choice.y_px:g}: pictures of {source.info.name} have "
            f"{width} x {height} pixels."
        )
    check_lens(chain, source.info)


def check_lens(chain: Chain, info: SourceInfo) -> None:
    """Refuse a lens that the user named and that does not fit the pictures, also where the source has one of its own.

    Raises:
        UaoError: it was measured on pictures of another shape.
    """
    if chain.lens is not None and chain.camera(info).known in (Known.SOURCE, Known.ASSUMED):
        (wide, high), (width, height) = chain.lens.image_size, info.image_size
        raise UaoError(
            f"The lens was measured on pictures of another shape ({wide} x {high}) than {info.name} has "
            f"({width} x {height}); measure it on such pictures, or leave --lens out."
        )


def write_targets(
    take: Take, targets: Sequence[Path], exporting: ExportOptions, on_written: Callable[[Path], object] = lambda _: None
) -> None:
    """Write what can be written; a take without a person is no BVH, but is JSON.

    Raises:
        UaoError: the first trouble there was; the other files are there.
    """
    for trouble in write_each(take, targets, exporting, on_written).values():
        raise trouble


def write_each(
    take: Take, targets: Sequence[Path], exporting: ExportOptions, on_written: Callable[[Path], object] = lambda _: None
) -> dict[Path, UaoError]:
    """The same; gives the files that could not be written, and why."""
    troubles = {}
    for target in targets:
        try:
            write_take(take, target, exporting)
            on_written(target)
        except UaoError as error:
            troubles[target] = error
    return troubles


class _Stoppable:
    """A source that ends where it is stopped, so that nothing waits for a window of frames to be full."""

    def __init__(self, source: FileSource, is_stopped: Callable[[], bool]) -> None:
        self.info = source.info
        self._source, self._is_stopped = source, is_stopped

    def read(self) -> Frame | None:
        return None if self._is_stopped() else self._source.read()

    def seek(self, index: int, time_s: float | None = None) -> None:
        self._source.seek(index, time_s)

    def close(self) -> None:
        self._source.close()


def check_targets(options: Options) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        UaoError: a file to write is a folder or is there already, or its folder cannot be written to.
    """
    for path in (*options.export, *(path for path in (options.preview, options.lens_file) if path is not None)):
        try:
            is_folder, is_there = path.is_dir(), path.exists()
        except OSError as error:  # such as a name that is too long
            raise UaoError(f"{path} cannot be written ({error.strerror or error}); choose another name.") from error
        if is_folder:
            raise UaoError(f"{path} is a folder; give the name of a file to write.")
        if is_there and not options.overwrite:
            raise UaoError(f"{path} is there already and was left as it is; give another name, or --overwrite.")
        make_folder(path.absolute().parent)


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
