"""OpenCV's Qt and PySide's Qt in one process."""

import os


def forget_opencv_qt() -> None:
    """Undo what `import cv2` does: it points Qt's plugin and font folders to its own Qt 5, with which PySide's Qt 6 cannot
    load a platform. To be called after the import and before the application is made."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
