"""Takes as binary glTF 2.0 (.glb): the fitted body as an animated skeleton with a simple skin.

Axes and units are the body's and glTF's: y up, the T-pose faces +z, metres. The nodes are the joints of
`uao_core.body.SEGMENTS`, with rotations sampled at the take's rate and interpolated along the shorter arc, and a
translation of the root. What the take knows of its errors travels along:

- the skin's vertex colours are the mean expected error of the joint where they lie, from violet (20 mm) to yellow (200 mm);
- `extras.sigma_mm` of each joint's node is that mean;
- `extras` of the animation names an accessor with the expected error in millimetres of every joint in every frame, frame by
  frame in the order of `extras.joints`; -1 where nobody was seen, and for joints that were never
  measured.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.atomic import atomic_path
from uao_core.body import SEGMENTS, BodyOptions, FittedBody, fit_body
from uao_core.body.segments import HEAD, PARENTS, START_OF, TIP_OF
from uao_core.body_mesh import BodyMesh, body_mesh, rest_positions
from uao_core.glb_buffer import GlbBuffer
from uao_core.packets import Doubles
from uao_core.skeleton import JOINT_NAMES
from uao_core.take import Take

_STARTS = {segment: joint for joint, segment in START_OF.items()}
Turns = TypeVar("Turns", NDArray[np.float32], NDArray[np.float64])
_START = [_STARTS.get(i, sk.NOSE if i == HEAD else sk.THORAX) for i in range(len(SEGMENTS))]
"""The joint at the start of each segment: collar bones begin at the thorax, the head has the nose's error."""
_TIPS = {segment: joint for joint, segment in TIP_OF.items()} | {HEAD: sk.HEAD_TOP}
_END = [_TIPS[i] if i in _TIPS else _START[PARENTS.index(i)] for i in range(len(SEGMENTS))]
"""The joint at its end: where the first of its children begins, or its tip."""
_SURE_MM, _UNSURE_MM = 20.0, 200.0
_COLOURS = np.array([[0.30, 0.01, 0.63], [0.61, 0.09, 0.62], [0.85, 0.34, 0.41], [0.98, 0.65, 0.21], [0.94, 0.98, 0.13]])
"""sRGB, evenly spaced from sure to unsure: dark to light, so that they also read in grey."""


def write_glb(take: Take, path: Path, options: BodyOptions = BodyOptions()) -> None:
    """Write the take as a moving body; metres, hands and feet whatever the options say of units and extremities.

    Raises:
        UaoError: nobody was found in the take, or the file cannot be written.
    """
    document = _document(take, fit_body(take, replace(options, extremities=True)))
    with atomic_path(path) as part, part.open("wb") as file:
        file.write(b"".join(document.save_to_bytes()))


def on_one_side(turns: Turns) -> Turns:
    """Quaternions (F, S, 4), each on the same half of the sphere as the one before it, so that what is between two is
    interpolated along the shorter arc."""
    changes = np.where((turns[1:] * turns[:-1]).sum(axis=-1) < 0, -1, 1)
    out = turns.copy()
    out[1:] *= np.cumprod(changes, axis=0)[..., None]
    return out


def _document(take: Take, body: FittedBody) -> Any:
    import pygltflib as gltf  # takes a while, and most takes become something else

    buffer = GlbBuffer()
    starts = rest_positions(body.offsets_m)
    mesh = body_mesh(body.offsets_m, body.tips_m, body.joints_in_segment_m[sk.NOSE])
    means = _mean_sigma_mm(body)
    root = np.array([0.0, -mesh.vertices_m[:, 1].min(), 0.0])  # the T-pose stands on the floor
    nodes = [
        gltf.Node(
            name=body.names[i],
            translation=(root if segment.parent < 0 else body.offsets_m[i]).tolist(),
            children=[child for child, other in enumerate(SEGMENTS) if other.parent == i] or None,
            extras={"sigma_mm": round(float(means[_START[i]]), 1)},
        )
        for i, segment in enumerate(SEGMENTS)
    ]
    joints = list(range(len(nodes)))
    nodes.append(gltf.Node(name="Body", mesh=0, skin=0))
    document = gltf.GLTF2(
        asset=gltf.Asset(version="2.0", generator="UAO Pose", extras={"source": take.source_name, "fps": take.fps}),
        scene=0,
        scenes=[gltf.Scene(nodes=[0, len(joints)])],
        nodes=nodes,
        skins=[gltf.Skin(joints=joints, skeleton=0, inverseBindMatrices=buffer.matrices(_inverse_binds(starts)))],
        meshes=[gltf.Mesh(name="Body", primitives=[_primitive(buffer, mesh, means)])],
        materials=[
            gltf.Material(
                name="Body", pbrMetallicRoughness=gltf.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=0.8)
            )
        ],
        animations=[_animation(buffer, take, body)],
    )
    buffer.finish(document)
    return document


def _inverse_binds(starts: Doubles) -> Doubles:
    matrices = np.tile(np.eye(4), (len(starts), 1, 1))
    matrices[:, :3, 3] = -starts
    return matrices


def _primitive(buffer: GlbBuffer, mesh: BodyMesh, means_mm: Doubles) -> Any:
    import pygltflib as gltf

    count = len(mesh.vertices_m)
    joints, weights = np.zeros((count, 4), dtype=np.uint8), np.zeros((count, 4), dtype=np.float32)
    joints[:, :2] = np.where(mesh.weights > 0, mesh.joints, 0)  # glTF: a joint without weight is the joint 0
    weights[:, :2] = mesh.weights
    attributes = gltf.Attributes(
        POSITION=buffer.vertices(mesh.vertices_m, limits=True),
        NORMAL=buffer.vertices(mesh.normals),
        COLOR_0=buffer.vertices(_colours(mesh, means_mm)),
        JOINTS_0=buffer.vertices(joints),
        WEIGHTS_0=buffer.vertices(weights),
    )
    return gltf.Primitive(attributes=attributes, indices=buffer.indices(mesh.triangles), material=0)


def _mean_sigma_mm(body: FittedBody) -> Doubles:
    """(23,) over the frames in which each joint was measured; one that never was, as in old takes, counts as unsure."""
    known = np.isfinite(body.sigma_mm)
    total = np.where(known, body.sigma_mm, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), _UNSURE_MM)


def _colours(mesh: BodyMesh, means_mm: Doubles) -> NDArray[np.float32]:
    """(V, 3) linear RGB."""
    bone = mesh.joints[:, 0]
    first, last = means_mm[_START][bone], means_mm[_END][bone]
    sigma = (1 - mesh.along) * first + mesh.along * last
    place = np.clip((sigma - _SURE_MM) / (_UNSURE_MM - _SURE_MM), 0, 1) * (len(_COLOURS) - 1)
    stops = np.arange(len(_COLOURS))
    srgb = np.stack([np.interp(place, stops, channel) for channel in _COLOURS.T], axis=1)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return linear.astype(np.float32)


def _animation(buffer: GlbBuffer, take: Take, body: FittedBody) -> Any:
    import pygltflib as gltf

    times = buffer.samples(np.arange(len(body.root_m)) / body.fps, limits=True)
    outputs = [(0, "translation", buffer.samples(body.root_m))]
    turns = on_one_side(body.turns)
    outputs += [(i, "rotation", buffer.samples(turns[:, i])) for i in range(len(SEGMENTS))]
    measured = np.where(np.isfinite(body.sigma_mm), body.sigma_mm, -1.0)
    return gltf.Animation(
        name=Path(take.source_name).stem or "take",
        samplers=[gltf.AnimationSampler(input=times, output=output, interpolation="LINEAR") for _, _, output in outputs],
        channels=[
            gltf.AnimationChannel(sampler=i, target=gltf.AnimationChannelTarget(node=node, path=what))
            for i, (node, what, _) in enumerate(outputs)
        ],
        extras={"sigma_mm_accessor": buffer.samples(measured.ravel()), "joints": list(JOINT_NAMES)},
    )
