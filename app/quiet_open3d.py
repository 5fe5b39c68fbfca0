"""Open3D, imported without opening a socket, and drawing without leaving files or filling the machine.

With it Open3D imports its notebook view, which nobody calls here: Dash, Plotly, IPython and a web server's libraries. They
take longer than Open3D itself, and one binds a socket to ::1 at import to see whether there is IPv6. OpenGL drivers keep
compiled shaders in the home folder; the few that are needed here are compiled as quickly as they are read.
"""

import os
import sys
from types import ModuleType

_FEW_CORES = 4
"""On so few, which detector and refinement want too, handing a picture to threads costs as much as it saves: drawn in
software by the calling thread alone it takes 7.9 ms instead of 10.7 of two processors."""

os.environ.setdefault("MESA_SHADER_CACHE_DISABLE", "true")
os.environ.setdefault("__GL_SHADER_DISK_CACHE", "0")  # NVIDIA's
if (os.cpu_count() or 1) <= _FEW_CORES:
    os.environ.setdefault("LP_NUM_THREADS", "0")  # Mesa's: no threads but the one that draws

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
