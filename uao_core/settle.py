"""The optimization with the pose itself as the state: the most probable pose, by Gauss-Newton.

Every joint of a frame is held by what the lifter says of it, the tighter the surer the lifter is, and pulled to its ray
by the evidence, the harder the surer the detector is; bones are held to the lengths that the clip has shown. All terms
are in standard deviations. The root translation is solved for together with the joints, or given. The inverse of the
normal matrix says how sure the result is (Laplace's approximation).

The pelvis is the origin and no unknown, so 22 joints and the root make 69 unknowns a frame. Bones couple a joint with its
parent alone, so the normal matrix is a tree with the root translation beside it, and elimination from the leaves inwards
fills nothing in (`_Tree`): all joints of one depth, of all frames, are a few array operations.

Shapes: N frames, J = 23 joints.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from uao_core.packets import Doubles
from uao_core.skeleton import LEFT_HIP, NUM_JOINTS, PARENTS, RIGHT_HIP

_NEAREST_M = 0.1
_FAINT = 1e-3 * np.eye(3)  # of the root, which without evidence has no prior


@dataclass(frozen=True, slots=True)
class Prior:
    """What is held before the evidence counts.

    Attributes:
        joints: (N, 23, 3) root-relative, camera axes, metres.
        precision: (N, 23, 3, 3) inverse covariance of each joint, camera axes.
        bone_m: (22,) lengths in the order of `skeleton.BONES`, or None where none are known.
        bone_log_sd: (22,) standard deviation of the logarithm of each length.
    """

    joints: Doubles
    precision: Doubles
    bone_m: Doubles | None = None
    bone_log_sd: Doubles | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the detector says.

    Attributes:
        rays: (N, 23, 2).
        weight: (N, 23) zero where there is none.
        sigma_m: (N, 23) standard deviation of a keypoint, in metres on the body.
        knee: standard deviations from which a keypoint is doubted (Geman and McClure's weights).
    """

    rays: Doubles
    weight: Doubles
    sigma_m: Doubles
    knee: float


@dataclass(frozen=True, slots=True)
class Settled:
    """The most probable poses.

    Attributes:
        joints: (N, 23, 3) root-relative, camera axes, metres.
        root: (N, 3).
        shrink: (N, 23) standard deviation after over before the evidence, of each joint.
        share: (N, 23) of its weight that each keypoint kept, 1 where it fits.
    """

    joints: Doubles
    root: Doubles
    shrink: Doubles
    share: Doubles


def _depth(joint: int) -> int:
    return 0 if PARENTS[joint] < 0 else 1 + _depth(PARENTS[joint])


# Inside of this module joints are in the order of their depth in the hierarchy, so that those of one depth are a slice.
_DEPTH = np.array([_depth(joint) for joint in range(NUM_JOINTS)])
_ORDER = np.argsort(_DEPTH, kind="stable")
_BACK = np.argsort(_ORDER)
_PARENT = _BACK[np.maximum(np.array(PARENTS)[_ORDER], 0)]  # of the pelvis: itself
_LEVELS = [slice(*np.searchsorted(_DEPTH[_ORDER], (depth, depth + 1))) for depth in range(1, _DEPTH.max() + 1)]
_CHILDREN = (np.arange(NUM_JOINTS)[:, None] == _PARENT) & (np.arange(NUM_JOINTS) > 0)
"""(23, 23) True where the column's joint is a child of the row's."""
_SUM_OF_BONES, _PULL_OF_BONES = np.eye(NUM_JOINTS) + _CHILDREN, np.eye(NUM_JOINTS) - _CHILDREN


def settle(
    prior: Prior,
    evidence: Evidence,
    root: Doubles,
    *,
    root_known: bool,
    iterations: int,
    enough_m: float = 1e-3,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Settled:
    """Minimize the energy above from the prior's pose on.

    Args:
        prior: see `Prior`.
        evidence: see `Evidence`.
        root: (N, 3) the start, or the truth if `root_known`.
        root_known: the root stays where it is.
        iterations: at most so many steps.
        enough_m: a step in which no joint moves farther is the last: it is far below any joint's expected error.
        is_stopped: asked before each step; those that are left are then not taken.
    """
    start, precision = prior.joints[:, _ORDER], prior.precision[:, _ORDER]
    seen = replace(
        evidence,
        rays=evidence.rays[:, _ORDER],
        weight=evidence.weight[:, _ORDER],
        sigma_m=evidence.sigma_m[:, _ORDER],
    )
    bones = None
    if prior.bone_m is not None and prior.bone_log_sd is not None:
        length = np.concatenate([[1.0], prior.bone_m])[_ORDER]  # `BONES` are in the order of their children
        bones = length, 1 / (length * np.concatenate([[1.0], prior.bone_log_sd])[_ORDER]) ** 2
    joints, share, tree = start, np.ones_like(seen.weight), None
    for _ in range(iterations):
        if is_stopped():
            break
        blocks, gradient, share = _evidence_terms(joints, root, seen)
        pull = gradient + (precision @ (joints - start)[..., None])[..., 0]
        own, between = precision + blocks, np.zeros_like(blocks)
        if bones is not None:
            between, of_bones = _bone_terms(joints, *bones)
            own += _on_joints(_SUM_OF_BONES, between)
            pull += _PULL_OF_BONES @ of_bones
        tree = _Tree(own, between, blocks, pull)
        shift = np.zeros_like(root)
        if not root_known:
            shift = tree.root_step(blocks[:, 1:].sum(axis=1) + _FAINT, gradient[:, 1:].sum(axis=1))
        step = tree.joint_steps(shift)
        joints, root = joints + step, root + shift
        if max(np.abs(step).max(), np.abs(shift).max()) < enough_m:
            break
    shrink = np.ones_like(share) if tree is None else _shrink(tree.covariances(), precision)
    return Settled(joints[:, _BACK], root, shrink[:, _BACK], share[:, _BACK])


class _Tree:
    """The normal equations of N frames after elimination of all joints, from the leaves to the pelvis, which is fixed.

    The equation of a joint's step d, of its parent's step p and of the root's step t is D d - B p + E t = -g, where D has
    what its children left there.

    Args:
        own: (N, 23, 3, 3) D without what children leave; written to.
        between: (N, 23, 3, 3) B of the bone from each joint to its parent.
        beside: (N, 23, 3, 3) E without what children leave.
        pull: (N, 23, 3) g without what children leave.
    """

    def __init__(self, own: Doubles, between: Doubles, beside: Doubles, pull: Doubles) -> None:
        rows = np.concatenate([own, beside, pull[..., None]], axis=-1)  # (N, 23, 3, 7)
        right = np.concatenate([-between, rows[..., 3:]], axis=-1)
        self._inverse = np.empty_like(own)
        self._solved = np.zeros_like(right)  # D^-1 (-B, E, g); stays so for the pelvis
        for level, above in zip(reversed(_LEVELS), [*reversed(_LEVELS[:-1]), None], strict=True):
            right[:, level, :, 3:] = rows[:, level, :, 3:]
            self._inverse[:, level] = _inverse(rows[:, level, :, :3])
            self._solved[:, level] = self._inverse[:, level] @ right[:, level]
            if above is not None:
                rows[:, above] += _on_joints(
                    _CHILDREN[above, level].astype(float), between[:, level] @ self._solved[:, level]
                )
        self._beside = rows[:, 1:, :, 3:6].reshape(len(own), -1, 3)
        self._root_covariance = np.zeros((len(own), 3, 3))

    def root_step(self, normal: Doubles, pull: Doubles) -> Doubles:
        """(N, 3) of the root, whose own equations are `normal` (N, 3, 3) t = -`pull` (N, 3) without the joints."""
        left = self._beside.transpose(0, 2, 1) @ self._solved[:, 1:, :, 3:].reshape(len(normal), -1, 4)
        self._root_covariance = _inverse(normal - left[..., :3])
        return -(self._root_covariance @ (pull - left[..., 3])[..., None])[..., 0]

    def joint_steps(self, root_step: Doubles) -> Doubles:
        """(N, 23, 3) of all joints."""
        steps = -(self._solved[..., 6] + (self._solved[..., 3:6] @ root_step[:, None, :, None])[..., 0])
        for level in _LEVELS[1:]:
            steps[:, level] -= (self._solved[:, level, :, :3] @ steps[:, _PARENT[level], :, None])[..., 0]
        return steps

    def covariances(self) -> Doubles:
        """(N, 23, 3, 3) of each joint's place; the pelvis has none."""
        both = np.zeros((*self._inverse.shape[:2], 6, 6))  # of a joint and the root
        both[..., 3:, 3:] = self._root_covariance[:, None]
        for level in _LEVELS:
            leans = -self._solved[:, level, :, :6]
            of_parent = leans @ both[:, _PARENT[level]]
            both[:, level, :3, :3] = self._inverse[:, level] + of_parent @ leans.swapaxes(-1, -2)
            both[:, level, :3, 3:] = of_parent[..., 3:]
            both[:, level, 3:, :3] = of_parent[..., 3:].swapaxes(-1, -2)
        return both[..., :3, :3]


def _evidence_terms(joints: Doubles, root: Doubles, evidence: Evidence) -> tuple[Doubles, Doubles, Doubles]:
    """Normal blocks (N, 23, 3, 3) and gradients (N, 23, 3) of the projection, and each keypoint's share (N, 23)."""
    placed = joints + root[:, None]
    depth = np.maximum(placed[..., 2:], _NEAREST_M)
    point = placed[..., :2] / depth
    slope = np.zeros((*joints.shape[:2], 2, 3))  # of the projection, times the depth
    slope[..., 0, 0] = slope[..., 1, 1] = 1
    slope[..., 2] = -point
    residual = (point - evidence.rays) * depth  # metres on the body
    precision = evidence.sigma_m**-2
    share = (1 + (residual**2).sum(axis=-1) * precision / evidence.knee**2) ** -2
    weighted = (share * evidence.weight * precision)[..., None, None] * slope.swapaxes(-1, -2)
    return weighted @ slope, (weighted @ residual[..., None])[..., 0], share


def _bone_terms(joints: Doubles, length_m: Doubles, precision: Doubles) -> tuple[Doubles, Doubles]:
    """Of the squared deviations of bone lengths, for the bone from each joint to its parent: the block (N, 23, 3, 3) and
    the gradient (N, 23, 3); zero for the pelvis."""
    bones = joints - joints[:, _PARENT]
    length = np.maximum(np.sqrt((bones**2).sum(axis=-1)), 1e-3)
    along = bones / length[..., None]
    # A bone that is too long also resists turning. Without this part of the curvature steps overshoot and swing.
    turning = np.maximum(1 - length_m / length, 0.0)
    turning[:, 0] = 0
    blocks = (((1 - turning) * precision)[..., None] * along)[..., None] * along[..., None, :]
    blocks += (turning * precision)[..., None, None] * np.eye(3)
    return blocks, along * ((length - length_m) * precision)[..., None]


def _on_joints(sums: Doubles, blocks: Doubles) -> Doubles:
    """Sums (R, K) over the second axis of blocks (N, K, A, B): (N, R, A, B)."""
    count, _, *shape = blocks.shape
    return (sums @ blocks.reshape(count, len(sums.T), -1)).reshape(count, len(sums), *shape)


_NEXT, _AFTER = np.array([1, 2, 0]), np.array([2, 0, 1])
_COFACTORS = [
    (3 * row[:, None] + column).ravel()
    for row, column in ((_NEXT, _NEXT), (_AFTER, _AFTER), (_NEXT, _AFTER), (_AFTER, _NEXT))
]


def _inverse(matrices: Doubles) -> Doubles:
    """Of symmetric positive definite matrices (..., 3, 3), by their cofactors."""
    flat = matrices.reshape(*matrices.shape[:-2], 9)
    a, b, c, d = (flat.take(index, axis=-1) for index in _COFACTORS)
    cofactors = a * b - c * d
    determinant = (flat[..., :3] * cofactors[..., :3]).sum(axis=-1, keepdims=True)
    return (cofactors / determinant).reshape(matrices.shape)


def _shrink(covariance: Doubles, precision: Doubles) -> Doubles:
    """(N, 23) by how much each joint's standard deviation fell; the pelvis has none of its own and takes the hips' mean."""
    after = np.trace(covariance, axis1=-2, axis2=-1)
    before = np.trace(_inverse(precision), axis1=-2, axis2=-1)
    ratio = np.minimum(np.sqrt(np.maximum(after, 0) / before), 1.0)
    ratio[:, 0] = ratio[:, _BACK[[RIGHT_HIP, LEFT_HIP]]].mean(axis=1)
    return ratio
