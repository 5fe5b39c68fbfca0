"""Rotations of many frames at once, as matrices (..., 3, 3), and their vectors (axis times angle, radians).

SciPy is imported where it is used: it is slow to import. It serves turns near half a turn, where matrices tell the axis
badly; it makes every matrix orthonormal first, which for the others costs more than all the rest.
"""

import numpy as np
from numpy.typing import NDArray

from uao_core.packets import Doubles

_FAR, _SMALL = -0.9, 1e-12
"""Cosine of the angle from which SciPy is asked; sine below which a turn is its own vector."""


def exp(vectors: Doubles) -> Doubles:
    """(..., 3) rotation vectors to (..., 3, 3) (Rodrigues' formula)."""
    angle2 = (vectors**2).sum(axis=-1)[..., None, None]
    angle = np.sqrt(angle2)
    k = cross_matrix(vectors)
    half = np.sinc(angle / (2 * np.pi))  # sin(angle / 2) over angle / 2
    return np.asarray(np.eye(3) + np.sinc(angle / np.pi) * k + (half**2 / 2) * (k @ k))


def log(rotations: Doubles) -> Doubles:
    """(..., 3, 3) to rotation vectors (..., 3) of at most half a turn."""
    turn, cosine = _turn(rotations)
    sine = np.sqrt((turn**2).sum(axis=-1))
    small = sine < _SMALL
    factor = np.where(small, 1.0, np.arctan2(sine, cosine) / np.where(small, 1.0, sine))
    vectors = factor[..., None] * turn
    far = cosine < _FAR
    if far.any():
        from scipy.spatial.transform import Rotation

        vectors[far] = Rotation.from_matrix(rotations[far]).as_rotvec()
    return np.asarray(vectors)


def quaternions(rotations: Doubles) -> Doubles:
    """(..., 3, 3) to unit quaternions (..., 4) as x, y, z, w with w >= 0."""
    turn, cosine = _turn(rotations)
    far = cosine < _FAR
    w = np.sqrt((1 + np.where(far, 1.0, cosine)) / 2)
    found = np.concatenate([turn / (2 * w[..., None]), w[..., None]], axis=-1)
    if far.any():
        from scipy.spatial.transform import Rotation

        found[far] = Rotation.from_matrix(rotations[far]).as_quat(canonical=True)
    return np.asarray(found)


def matrices(quaternions: NDArray[np.floating]) -> Doubles:
    """(..., 4) quaternions x, y, z, w of any length, to (..., 3, 3)."""
    q = quaternions.astype(np.float64)
    q *= np.sqrt(2 / (q**2).sum(axis=-1, keepdims=True))
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    out = np.empty((*q.shape[:-1], 3, 3))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = 1 - y * y - z * z, x * y - z * w, x * z + y * w
    out[..., 1, 0], out[..., 1, 1], out[..., 1, 2] = x * y + z * w, 1 - x * x - z * z, y * z - x * w
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = x * z - y * w, y * z + x * w, 1 - x * x - y * y
    return out


def _turn(rotations: Doubles) -> tuple[Doubles, Doubles]:
    """(..., 3) the axis times the sine of the angle, and (...,) its cosine."""
    r = rotations
    turn = np.stack([r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]], axis=-1) / 2
    return turn, (r[..., 0, 0] + r[..., 1, 1] + r[..., 2, 2] - 1) / 2


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
