"""The four cameras of Human3.6M: lens, place, and the way from the laboratory's axes to ours.

The parameters are those published with the data set (Ionescu et al., PAMI 2014), in the form in which VideoPose3D gives
them: one lens a camera, one place for each subject and camera.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.datasets.capture import GROUND_TRUTH, View, make_view, project_px
from uao_core.camera import Intrinsics

FPS = 50.0
MOVING_JOINTS = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
"""The 17 of the laboratory's 32 joints, in our order."""
CAMERA_NAMES = ("54138969", "55011271", "58860488", "60457274")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabCamera:
    """One camera of the laboratory, whose axes are Z up and metres.

    Attributes:
        name: its serial number.
        rotation: (3, 3) takes directions of the laboratory to camera axes (x right, y down, z forward).
        place_m: (3,) the camera in the laboratory.
        focal_px, centre_px: (2,) along x and y.
        radial: (3,) factors of r^2, r^4 and r^6.
        tangential: (2,) factors of r^2 in x and in y.
    """

    name: str
    rotation: Vector
    place_m: Vector
    focal_px: Vector
    centre_px: Vector
    radial: Vector
    tangential: Vector

    @property
    def intrinsics(self) -> Intrinsics:
        """The pinhole camera nearest to this one: no distortion, square pixels."""
        x, y = self.centre_px
        return Intrinsics(float(self.focal_px.mean()), (float(x), float(y)), estimated=False)

    def to_camera(self, lab_m: Vector) -> Vector:
        """(..., 3) points of the laboratory to camera axes."""
        return (lab_m - self.place_m) @ self.rotation.T

    def distorted_px(self, rays: Vector) -> Vector:
        """(..., 2) rays to pixels of the image as it was taken."""
        square = (rays**2).sum(axis=-1, keepdims=True)
        stretch = 1 + square * (self.radial[0] + square * (self.radial[1] + square * self.radial[2]))
        stretch = stretch + (rays * self.tangential).sum(axis=-1, keepdims=True)
        return (rays * stretch + self.tangential * square) * self.focal_px + self.centre_px

    def pinhole_px(self, points_px: Vector) -> Vector:
        """(..., 2) pixels of the image as it was taken to pixels of the pinhole camera `intrinsics`."""
        wanted = (points_px - self.centre_px) / self.focal_px
        rays = wanted
        for _ in range(12):  # leaves less than 1e-11 px anywhere in the image
            rays = rays + wanted - (self.distorted_px(rays) - self.centre_px) / self.focal_px
        return rays * self.intrinsics.focal_px + self.centre_px

    def view(self, lab_m: Vector) -> View:
        """The exact projection of joints (F, 17, 3) of the laboratory."""
        joints_m = self.to_camera(lab_m)
        return make_view(self.name, joints_m, project_px(joints_m, self.intrinsics), self.intrinsics, GROUND_TRUTH)

    def detected(self, lab_m: Vector, points_px: Vector, confidence: NDArray[np.float32], points: str) -> View:
        """What a detector (or `points`) saw of joints (F, 17, 3) of the laboratory in the image as it was taken."""
        joints_m, places = self.to_camera(lab_m), self.pinhole_px(points_px)
        return make_view(self.name, joints_m, places, self.intrinsics, points, confidence)


def upright(lab_m: Vector) -> NDArray[np.float32]:
    """(..., 3) points of the laboratory, Z up, to Y up."""
    return np.stack([lab_m[..., 0], lab_m[..., 2], -lab_m[..., 1]], axis=-1).astype(np.float32)


def published_cameras(subject: str) -> tuple[LabCamera, ...]:
    """The four cameras of "S1", "S5" ... "S11" in the order of `CAMERA_NAMES`; none for a subject without published ones."""
    return tuple(
        LabCamera(name, _rotation(np.array(place[:4])), np.array(place[4:]) / 1000, *(np.array(part) for part in lens))
        for name, lens, place in zip(CAMERA_NAMES, _LENSES, _PLACES.get(subject, ()), strict=False)
    )


def _rotation(quaternion: Vector) -> Vector:
    """The (3, 3) inverse of a quaternion (w, x, y, z), which takes camera axes to the laboratory's."""
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
            [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)],
            [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


# focal length and centre in pixels, radial and tangential distortion
_LENSES = (
    (
        (1145.049438, 1143.781128),
        (512.5415039, 515.4514771),
        (-0.2070989162, 0.2477751821, -0.003075150307),
        (-0.0009756988729, -0.001424471615),
    ),
    (
        (1149.675659, 1147.591675),
        (508.8486328, 508.0649109),
        (-0.1942136288, 0.2404085398, 0.006819975562),
        (-0.001619026647, -0.002740894444),
    ),
    (
        (1149.140747, 1148.79895),
        (519.8158569, 501.4026489),
        (-0.2083381861, 0.2554880083, -0.002460497431),
        (0.001484386972, -0.000759999326),
    ),
    (
        (1145.511353, 1144.773926),
        (514.9682007, 501.882019),
        (-0.1983840913, 0.2183236778, -0.008947807364),
        (-0.0005872055772, -0.001813362003),
    ),
)
# rotation from camera to laboratory as a quaternion (w, x, y, z), place in millimetres
_PLACES: dict[str, tuple[tuple[float, ...], ...]] = {
    "S1": (
        (0.1407056451, -0.1500701755, -0.755240798, 0.622328043, 1841.107056, 4955.284668, 1563.445435),
        (0.6157187819, -0.7648363113, -0.1483382583, 0.1179474071, 1761.278564, -5078.006836, 1606.265015),
        (0.1465147287, -0.1464785188, 0.7653023601, -0.6094175577, -1846.77771, 5215.046387, 1491.972412),
        (0.5834008455, -0.7853162289, 0.1454882324, -0.1474959403, -1794.789673, -3722.698975, 1574.8927),
    ),
    "S5": (
        (0.1467377245, -0.1623709649, -0.7551892996, 0.6178938746, 2097.391602, 4880.944824, 1605.732422),
        (0.6159758568, -0.7626792192, -0.1572819203, 0.118981503, 2031.700806, -5167.933105, 1612.923096),
        (0.1429137141, -0.129078418, 0.7678384781, -0.6110143065, -1620.594849, 5171.658691, 1496.437012),
        (0.5920479894, -0.7814217806, 0.1274748594, -0.1503641754, -1637.173706, -3867.317383, 1547.033203),
    ),
    "S6": (
        (0.1337897778, -0.1569239646, -0.757109046, 0.619887948, 1935.451782, 4950.245605, 1618.083862),
        (0.6147197485, -0.762881279, -0.1617476791, 0.1181924492, 1969.803955, -5128.73877, 1632.778809),
        (0.1529948115, -0.1352913082, 0.7646096349, -0.6112781167, -1769.596436, 5185.361328, 1476.993408),
        (0.5916101336, -0.7804774046, 0.1283227056, -0.156159386, -1721.668701, -3884.131348, 1540.487915),
    ),
    "S7": (
        (0.1435241848, -0.1631336808, -0.7548328638, 0.6188824773, 1974.512939, 4926.354492, 1597.832642),
        (0.614167273, -0.763826251, -0.1596645564, 0.1177929938, 1937.058472, -5119.790039, 1631.566528),
        (0.1455006003, -0.1287481636, 0.76605165, -0.612713933, -1741.811157, 5208.249512, 1464.824585),
        (0.5912848115, -0.782176435, 0.1244547367, -0.1519648731, -1734.710571, -3832.421387, 1548.583008),
    ),
    "S8": (
        (0.1411058754, -0.1558986753, -0.7561917305, 0.6196440458, 2150.651855, 4896.161133, 1611.904663),
        (0.6169601679, -0.7647668123, -0.1484635025, 0.1115815789, 2219.965576, -5148.453125, 1613.044067),
        (0.147144407, -0.133771196, 0.7670128345, -0.6100369692, -1571.221558, 5137.018555, 1498.176147),
        (0.5927824378, -0.7825870514, 0.1214781627, -0.1463199556, -1476.91333, -3896.741211, 1547.972168),
    ),
    "S9": (
        (0.155405879, -0.1554821581, -0.7532095313, 0.6199594736, 2044.458496, 4935.117188, 1481.227539),
        (0.6187844872, -0.7634735107, -0.1413223892, 0.1193396822, 1990.959717, -5123.810547, 1568.80481),
        (0.1335782707, -0.1367100477, 0.7689454556, -0.6100738645, -1670.992188, 5211.98584, 1528.387939),
        (0.587939918, -0.7823407054, 0.1427614391, -0.1479486972, -1696.043457, -3827.099854, 1591.41272),
    ),
    "S11": (
        (0.1523247212, -0.154423207, -0.7547563314, 0.619107008, 2098.440186, 4926.554688, 1500.278564),
        (0.618944943, -0.760091722, -0.1530063301, 0.1255258322, 2083.182373, -4912.172852, 1561.078613),
        (0.1494322866, -0.1565022767, 0.7681233883, -0.6026304364, -1609.815308, 5177.335938, 1537.896729),
        (0.5894251466, -0.7818877101, 0.1399121135, -0.147153616, -1590.738037, -3854.168945, 1578.017578),
    ),
}
