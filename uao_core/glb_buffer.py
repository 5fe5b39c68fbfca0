"""The binary part of a .glb: arrays in, accessors out, aligned and described as glTF 2.0 demands."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_INT = 5126, 5121, 5125
_COMPONENT = {"float32": _FLOAT, "uint8": _UNSIGNED_BYTE, "uint32": _UNSIGNED_INT}
_KIND = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963


class GlbBuffer:
    """Collects arrays; every method returns the index of the array's accessor. Floats are stored as float32."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._length = 0
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def vertices(self, values: Array, *, limits: bool = False) -> int:
        """Of (V, C), an attribute of vertices; with `limits`, which positions need, the least and largest values."""
        return self._add(values, _ARRAY_BUFFER, limits)

    def indices(self, triangles: Array) -> int:
        """Of (T, 3)."""
        return self._add(triangles.reshape(-1), _ELEMENT_ARRAY_BUFFER, limits=False)

    def samples(self, values: Array, *, limits: bool = False) -> int:
        """Of (F,) or (F, C), values over time; with `limits`, which times need, the least and largest."""
        return self._add(values, None, limits)

    def matrices(self, matrices: Array) -> int:
        """Of (N, 4, 4), stored column by column."""
        return self._add(matrices.transpose(0, 2, 1).reshape(-1, 16), None, limits=False)

    def finish(self, document: Any) -> None:
        """Hand everything to a `pygltflib.GLTF2`."""
        import pygltflib as gltf

        document.bufferViews = [gltf.BufferView(buffer=0, **view) for view in self._views]
        document.accessors = [gltf.Accessor(**accessor) for accessor in self._accessors]
        document.buffers = [gltf.Buffer(byteLength=self._length)]
        document.set_binary_blob(b"".join(self._chunks))

    def _add(self, values: Array, target: int | None, limits: bool) -> int:
        if values.dtype.kind == "f":
            values = values.astype(np.float32)
        rows = values.reshape(len(values), -1)
        data = np.ascontiguousarray(values).tobytes()
        view: dict[str, Any] = {"byteOffset": self._length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        accessor: dict[str, Any] = {
            "bufferView": len(self._views),
            "componentType": _COMPONENT[values.dtype.name],
            "count": len(rows),
            "type": _KIND[rows.shape[1]],
        }
        if limits:
            accessor |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        padding = -len(data) % 4  # every accessor begins at a multiple of its component's size
        self._chunks.append(data + bytes(padding))
        self._length += len(data) + padding
        self._views.append(view)
        self._accessors.append(accessor)
        return len(self._accessors) - 1
