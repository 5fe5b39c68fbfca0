"""Open3D, imported without opening a socket, and drawing without leaving files.

Its notebook support imports urllib3, which binds a socket to ::1 at import to see whether there is IPv6. This program opens
none, not even that one: urllib3 does not look where Python says that there is no IPv6. OpenGL drivers keep compiled shaders
in the home folder; the few that are needed here are compiled as quickly as they are read.
"""

import os
import socket

os.environ.setdefault("MESA_SHADER_CACHE_DISABLE", "true")
os.environ.setdefault("__GL_SHADER_DISK_CACHE", "0")  # NVIDIA's

_has_ipv6, socket.has_ipv6 = socket.has_ipv6, False
try:
    import open3d as o3d
finally:
    socket.has_ipv6 = _has_ipv6

__all__ = ["o3d"]
