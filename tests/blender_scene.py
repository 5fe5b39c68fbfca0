"""Run inside Blender's Python: imports a BVH or glTF with its importer's default settings, prints what is in the scene."""

import json
import sys
from pathlib import Path

import bpy


def main(path: str, scale: float) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    print("SCENE " + json.dumps(glb_scene(path) if Path(path).suffix == ".glb" else bvh_scene(path, scale)))


def bvh_scene(path: str, scale: float) -> dict:
    options = {} if scale == 1 else {"global_scale": scale}
    bpy.ops.import_anim.bvh(filepath=path, update_scene_fps=True, update_scene_duration=True, **options)
    body, scene = bpy.context.object, bpy.context.scene
    first, last = (int(frame) for frame in body.animation_data.action.frame_range)
    frames = []
    for frame in range(first, last + 1):
        scene.frame_set(frame)
        frames.append(heads(body))
    return {"fps": scene.render.fps / scene.render.fps_base, "frames": frames}


def glb_scene(path: str) -> dict:
    """At the times of the keys, which the importer leaves between the scene's frames where the rates differ."""
    bpy.ops.import_scene.gltf(filepath=path)
    scene = bpy.context.scene
    body = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    skin = next(thing for thing in bpy.data.objects if thing.type == "MESH" and thing.parent == body)
    curve = body.animation_data.action.layers[0].strips[0].channelbags[0].fcurves[0]
    keys = [key.co.x for key in curve.keyframe_points]
    frames, skin_low = [], []
    for key in keys:
        scene.frame_set(int(key), subframe=key % 1)
        frames.append(heads(body))
        deformed = skin.evaluated_get(bpy.context.evaluated_depsgraph_get())
        skin_low.append(min((deformed.matrix_world @ vertex.co).z for vertex in deformed.data.vertices))
    return {
        "fps": scene.render.fps / scene.render.fps_base * (len(keys) - 1) / (keys[-1] - keys[0]),
        "frames": frames,
        "skin_low": skin_low,
        "colours": [colour.name for colour in skin.data.color_attributes],
    }


def heads(body: bpy.types.Object) -> dict:
    return {bone.name: list(body.matrix_world @ bone.head) for bone in body.pose.bones}


main(sys.argv[1], float(sys.argv[2]))
