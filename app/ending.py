"""The end of the process, where threads are left that nobody waits for."""

import logging
import os
import sys

from app.camera_device import CameraDevice


def end(status: int, *, has_left_threads: bool = False) -> int:
    """Return the exit status; or end the process with it at once, without the interpreter's own end.

    A driver, or a disk that is far away, may keep a thread for ever. Python aborts the process where a camera's comes back
    from its driver while the interpreter is taken down, and Qt does where one of its own is left. All is to be written
    by now.

    Args:
        has_left_threads: whether there are others than those of cameras that must not live to see the interpreter's end.
    """
    if has_left_threads or CameraDevice.is_any_running():
        logging.shutdown()
        sys.stdout.flush()
        os._exit(status)
    return status
