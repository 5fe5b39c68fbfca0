"""Open3D, imported without opening a socket, and drawing without leaving files.

With it Open3D imports its notebook view, which nobody calls here: Dash, Plotly, IPython and a web server's libraries. They
take longer than Open3D itself, and one binds a socket to ::1 at import to see whether there is IPv6. OpenGL drivers keep
compiled shaders in the home folder; the few that are needed here are compiled as quickly as they are read.
"""

import os
import sys
from types import ModuleType

os.environ.setdefault("MESA_SHADER_CACHE_DISABLE", "true")
os.environ.setdefault("__GL_SHADER_DISK_CACHE", "0")  # NVIDIA's

_NOTEBOOK = "open3d.visualization.draw_plotly"
_absent = ModuleType(_NOTEBOOK)
_absent.__dict__.update(dict.fromkeys(("get_plotly_fig", "draw_plotly", "draw_plotly_server")))
_is_first = _NOTEBOOK not in sys.modules

if _is_first:
    sys.modules[_NOTEBOOK] = _absent
try:
    import open3d as o3d
finally:
    if _is_first:
        del sys.modules[_NOTEBOOK]

__all__ = ["o3d"]
