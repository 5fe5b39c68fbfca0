"""Rotations of many frames at once, as matrices (..., 3, 3), and their vectors (axis times angle, radians).

SciPy is imported where it is used: it is slow to import, and wanted only once something is exported.
"""

import numpy as np

from uao_core.body.segments import Doubles


def exp(vectors: Doubles) -> Doubles:
    """(..., 3) rotation vectors to (..., 3, 3)."""
    from scipy.spatial.transform import Rotation

    matrices = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix()
    return np.asarray(matrices).reshape(*vectors.shape[:-1], 3, 3)


def log(matrices: Doubles) -> Doubles:
    """(..., 3, 3) to rotation vectors (..., 3) of at most half a turn."""
    from scipy.spatial.transform import Rotation

    vectors = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_rotvec()
    return np.asarray(vectors).reshape(matrices.shape[:-1])


def quaternions(matrices: Doubles) -> Doubles:
    """(..., 3, 3) to unit quaternions (..., 4) as x, y, z, w with w >= 0."""
    from scipy.spatial.transform import Rotation

    found = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat(canonical=True)
    return np.asarray(found).reshape(*matrices.shape[:-2], 4)


def slerp(start: Doubles, end: Doubles, share: Doubles) -> Doubles:
    """Rotations (F, S, 3, 3) at a share (F,) of the shortest way from one to the other."""
    way = log(start.swapaxes(-1, -2) @ end)
    return start @ exp(share[:, None, None] * way)


def inverse_right_jacobian(vectors: Doubles) -> Doubles:
    """(..., 3, 3) by which log(R exp(w)) grows with a small w, at log R = (..., 3).

    Chirikjian, Stochastic Models, Information Theory, and Lie Groups 2, 10.86.
    """
    angle2 = (vectors**2).sum(axis=-1)[..., None, None]
    angle = np.sqrt(np.maximum(angle2, 1e-12))
    factor = np.where(angle2 < 1e-6, 1 / 12, 1 / angle**2 - 1 / (2 * angle * np.tan(angle / 2).clip(1e-6)))
    k = cross_matrix(vectors)
    return np.eye(3) + k / 2 + factor * (k @ k)


def cross_matrix(vectors: Doubles) -> Doubles:
    """(..., 3, 3) that multiplies like the cross product with (..., 3) from the left."""
    k = np.zeros((*vectors.shape, 3))
    k[..., 0, 1], k[..., 0, 2], k[..., 1, 2] = -vectors[..., 2], vectors[..., 1], -vectors[..., 0]
    return k - k.swapaxes(-1, -2)


def unit(vectors: Doubles) -> Doubles:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def frame(first: Doubles, second: Doubles, axes: str) -> Doubles:
    """(F, 3, 3) axes of which the one named first lies along `first`, the second one as near to `second` as can be.

    Args:
        axes: two of "xyz", such as "yx".
    """
    i, j = "xyz".index(axes[0]), "xyz".index(axes[1])
    k = 3 - i - j
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    out = np.empty((*first.shape, 3))
    out[..., i] = unit(first)
    out[..., k] = sign * unit(np.cross(out[..., i], second))
    out[..., j] = sign * np.cross(out[..., k], out[..., i])
    return out


def shortest_arc(rest: Doubles, target: Doubles) -> Doubles:
    """(F, 3, 3) smallest rotations of one direction (3,), not z, to others (F, 3) (Rodrigues' formula).

    Exactly against `rest` every half turn is as short; the one that a hip or shoulder can make is taken: about the axis
    across `rest` and z. A target of no length says nothing: the bone keeps its rest direction.
    """
    target = np.where(np.linalg.norm(target, axis=-1, keepdims=True) < 1e-6, rest, unit(target))
    k = cross_matrix(np.cross(np.broadcast_to(rest, target.shape), target))
    cosine = target @ rest
    hinge = unit(np.cross(rest, (0.0, 0.0, 1.0)))
    half_turn = 2 * np.outer(hinge, hinge) - np.eye(3)
    arc = np.eye(3) + k + k @ k / np.maximum(1 + cosine, 1e-8)[:, None, None]
    return np.where((1 + cosine < 1e-8)[:, None, None], half_turn, arc)
