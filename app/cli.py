"""Entry of the program: `uao-pose`, or `run_demo.py` in a checkout."""

import io
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.importing import importing
from uao_core.errors import UaoError

if TYPE_CHECKING:
    from app.options import Options


def program() -> int:
    """The whole process: run, and end it well whatever a camera's driver is about. Returns as `main` does, or not at all."""
    status = main()
    from app.ending import end

    return end(status)


def main(argv: list[str] | None = None) -> int:
    """Run; returns the exit status: 0, or 1 after one sentence on what failed. Wrong usage exits with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr has it: names of files need not be UTF-8
    with importing():
        from app.options import parse_options
    options = parse_options(argv)
    logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    return exit_status(lambda: _run(options))


def exit_status(run: Callable[[], int | None]) -> int:
    """Run, and put what went wrong into one sentence and a status."""
    try:
        return run() or 0
    except UaoError as error:
        print(f"uao-pose: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print(f"uao-pose: {str(stop) or 'stopped; files that were not finished have not been written.'}", file=sys.stderr)
        return 130
    except RuntimeError as error:
        from app.device_lost import lost_device

        if (lost := lost_device(error)) is None:
            raise
        print(f"uao-pose: {lost}", file=sys.stderr)
        return 1


def _run(options: "Options") -> int:
    if options.list_cameras:
        from app.camera import list_cameras

        cameras = list_cameras()
        print("\n".join(f"{c.index}: {c.name}" for c in cameras) if cameras else "No webcam is plugged in.")
        return 0
    if options.calibrate is not None:
        from app.lens.command import run_calibration

        run_calibration(options)
        return 0
    if options.headless and options.clip_is_take:
        with importing():
            from app.convert import run_convert

        run_convert(options)
        return 0
    if options.headless:
        with importing():
            from app.batch_run import run_batch
            from app.headless import run_headless
            from app.headless_camera import run_headless_camera
            from app.native_logs import silence_native_logs

        if options.wants_quiet:
            silence_native_logs()
        if options.camera is not None:
            run_headless_camera(options)
        else:
            (run_batch if options.out is not None else run_headless)(options)
        return 0
    if not has_display():
        raise UaoError("There is no display to open a window on; use --headless with --export take.bvh or take.json.")
    with importing():
        from app.window.application import run_window

    return run_window(options)


def has_display() -> bool:
    """Whether a window can be opened: on Linux only with X11, Wayland or an explicit Qt platform."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


if __name__ == "__main__":
    sys.exit(program())
