"""The 23 joints of a body: order, hierarchy and mirror image.

The first 17 are Human3.6M's, in its order: what other methods and most data sets know. Six more say how feet, hands and
head are turned: the base of the toes, the knuckles, the ears.
"""

JOINT_NAMES: tuple[str, ...] = (
    "pelvis",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "spine",
    "thorax",
    "nose",
    "head_top",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "right_toes",
    "left_toes",
    "left_hand",
    "right_hand",
    "left_ear",
    "right_ear",
)

PARENTS: tuple[int, ...] = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15, 3, 6, 13, 16, 9, 9)
"""Index of each joint's parent; the pelvis is the root. A parent always comes before its children."""

BONES: tuple[tuple[int, int], ...] = tuple((parent, child) for child, parent in enumerate(PARENTS) if parent >= 0)

MIRROR: tuple[int, ...] = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13, 18, 17, 20, 19, 22, 21)
"""For each joint, the joint of the other side of the body: `points[..., MIRROR, :]` swaps left and right."""

NUM_JOINTS = len(JOINT_NAMES)
NUM_H36M = 17
"""How many of them, the first, are Human3.6M's."""

PELVIS, RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, LEFT_HIP, LEFT_KNEE, LEFT_ANKLE = range(7)
SPINE, THORAX, NOSE, HEAD_TOP = range(7, 11)
LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST = range(11, 17)
RIGHT_TOES, LEFT_TOES, LEFT_HAND, RIGHT_HAND, LEFT_EAR, RIGHT_EAR = range(17, 23)
EXTREMITIES: tuple[int, ...] = tuple(range(17, 23))
"""Toes, hands and ears: joints that Human3.6M lacks, each the end of a bone."""
ANKLE_REST_M, TOES_REST_M = 0.075, 0.02
"""Above the floor on which the foot stands: medians of captured motion, as detectors place these joints."""

LIMB_JOINTS: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16)
"""Hips, knees, ankles, shoulders, elbows, wrists: the joints that every detector and every truth define alike."""
