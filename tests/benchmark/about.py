"""On what machine, and with which versions, something was measured."""

import os
import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("torch", "mediapipe", "opencv-python", "open3d-cpu", "PySide6-Essentials", "numpy")


def machine():
    """Processor, cores, load, system, versions, and the date."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {package: _version(package) for package in LIBRARIES},
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _processor():
    if (info := Path("/proc/cpuinfo")).exists():
        names = [row.split(":")[1].strip() for row in info.read_text().splitlines() if row.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None
