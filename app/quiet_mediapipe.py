"""MediaPipe's vision tasks, imported without starting a program or writing a file.

With them MediaPipe imports what only its other parts use: a microphone's module, for which Python asks the linker and a
compiler where a library lies, and Matplotlib, which asks fontconfig for fonts and keeps a list of them in the home folder.
"""

import sys
from types import ModuleType

_pyplot = ModuleType("matplotlib.pyplot")
_matplotlib = ModuleType("matplotlib")
_matplotlib.pyplot = _pyplot  # type: ignore[attr-defined]
_ABSENT = {"sounddevice": None, "matplotlib": _matplotlib, "matplotlib.pyplot": _pyplot}
_instead = {name: module for name, module in _ABSENT.items() if name not in sys.modules}

sys.modules.update(_instead)  # type: ignore[arg-type]  # None is Python's way to say that there is no such module
try:
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision
finally:
    for _name in _instead:
        del sys.modules[_name]

__all__ = ["BaseOptions", "mp", "vision"]
