"""Run inside Blender's Python: imports a BVH with the importer's default settings and prints what stands in the scene."""

import json
import sys

import bpy


def main(path: str, scale: float) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    options = {} if scale == 1 else {"global_scale": scale}
    bpy.ops.import_anim.bvh(filepath=path, update_scene_fps=True, update_scene_duration=True, **options)
    body, scene = bpy.context.object, bpy.context.scene
    first, last = (int(frame) for frame in body.animation_data.action.frame_range)
    frames = []
    for frame in range(first, last + 1):
        scene.frame_set(frame)
        frames.append({bone.name: list(body.matrix_world @ bone.head) for bone in body.pose.bones})
    print("SCENE " + json.dumps({"fps": scene.render.fps / scene.render.fps_base, "frames": frames}))


main(sys.argv[1], float(sys.argv[2]))
