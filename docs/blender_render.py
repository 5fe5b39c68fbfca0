"""Run inside Blender's Python by blender_pictures.py: a BVH, imported as it is, as a figure of tubes on a chequered floor.

Arguments: the BVH, a prefix of the pictures, and frames of the BVH, counted from 0. Each is drawn twice by Cycles on a CPU,
from a camera at eye height: a little aside of where the video's camera stood, and from the side.
"""

import math
import sys

import bpy
from mathutils import Matrix, Quaternion, Vector

SIZE_PX, SAMPLES = 480, 12
VIEWS = {"front": 25.0, "side": 90.0}
"""Degrees about the person, from the video's camera towards its right."""
EYES_M, AWAY_M, AIM_M, LENS_MM = 1.5, 5.0, 0.85, 70.0
TILE_M = 0.5
LEFT, RIGHT, MIDDLE = (0.85, 0.25, 0.03), (0.03, 0.22, 0.70), (0.45, 0.45, 0.45)
RADII_M = {"UpLeg": 0.07, "Leg": 0.05, "Foot": 0.04, "Shoulder": 0.05, "ForeArm": 0.035, "Arm": 0.045, "Hand": 0.03}
TRUNK_M, HEAD_M = 0.08, 0.10
FRONT = Vector((0, -1, 0))  # where a T-pose faces in Blender


def main(path: str, prefix: str, frames: list[int]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_anim.bvh(filepath=path)
    armature, scene = bpy.context.object, bpy.context.scene
    room(scene)
    first = int(armature.animation_data.action.frame_range[0])
    for frame in frames:
        scene.frame_set(first + frame)
        figure = draw(armature)
        hips = armature.matrix_world @ armature.pose.bones["Hips"].head
        for view, degrees in VIEWS.items():
            look(scene, hips, math.radians(degrees))
            scene.render.filepath = f"{prefix}-{frame}-{view}.png"
            bpy.ops.render.render(write_still=True)
        for thing in figure:
            bpy.data.objects.remove(thing)


def draw(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Tubes from head to tail of every bone as it is posed now, and a head with a nose."""
    things = []
    for bone in armature.pose.bones:
        head, tail = armature.matrix_world @ bone.head, armature.matrix_world @ bone.tail
        colour = LEFT if bone.name.startswith("Left") else RIGHT if bone.name.startswith("Right") else MIDDLE
        if bone.name == "Head":
            front = turn_of(armature, bone) @ FRONT
            things += [ball(head.lerp(tail, 0.55), HEAD_M, colour), tube(head.lerp(tail, 0.5), front, 0.16, 0.025, colour)]
        radius = next((r for part, r in RADII_M.items() if bone.name.endswith(part)), TRUNK_M)
        radius = 0.05 if bone.name in ("Neck", "Head") else radius
        things += [tube(head, tail - head, (tail - head).length, radius, colour), ball(head, radius, colour)]
        if bone.name != "Head":
            things.append(ball(tail, radius, colour))
    return things


def turn_of(armature: bpy.types.Object, bone: bpy.types.PoseBone) -> Matrix:
    """How far a bone is turned from its rest, in the world."""
    world = armature.matrix_world.to_3x3()
    return world @ (bone.matrix @ bone.bone.matrix_local.inverted()).to_3x3() @ world.inverted()


def ball(place: Vector, radius: float, colour: tuple[float, float, float]) -> bpy.types.Object:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, location=place, segments=24, ring_count=16)
    return painted(colour)


def tube(start: Vector, way: Vector, length: float, radius: float, colour: tuple[float, float, float]) -> bpy.types.Object:
    turn: Quaternion = way.to_track_quat("Z", "Y")
    middle = start + way.normalized() * length / 2
    bpy.ops.mesh.primitive_cylinder_add(radius=radius, depth=length, location=middle, rotation=turn.to_euler(), vertices=24)
    return painted(colour)


def painted(colour: tuple[float, float, float]) -> bpy.types.Object:
    thing = bpy.context.object
    bpy.ops.object.shade_smooth()
    name = f"paint {colour}"
    material = bpy.data.materials.get(name)
    if material is None:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*colour, 1)
    thing.data.materials.append(material)
    return thing


def room(scene: bpy.types.Scene) -> None:
    """Floor at height 0, sun, sky and a camera; Cycles on the CPU, which needs no OpenGL."""
    bpy.ops.mesh.primitive_plane_add(size=60)
    floor = bpy.data.materials.new("floor")
    floor.use_nodes = True
    nodes, links = floor.node_tree.nodes, floor.node_tree.links
    tiles, places = nodes.new("ShaderNodeTexChecker"), nodes.new("ShaderNodeTexCoord")
    tiles.inputs["Scale"].default_value = 1 / TILE_M
    tiles.inputs["Color1"].default_value, tiles.inputs["Color2"].default_value = (0.55, 0.55, 0.55, 1), (0.38, 0.38, 0.38, 1)
    links.new(places.outputs["Object"], tiles.inputs["Vector"])
    links.new(tiles.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    nodes["Principled BSDF"].inputs["Roughness"].default_value = 1.0
    bpy.context.object.data.materials.append(floor)
    bpy.context.object.location.z = -0.001  # the checker flickers where it is cut at exactly 0
    bpy.ops.object.light_add(type="SUN", rotation=(math.radians(35), math.radians(15), 0))
    bpy.context.object.data.energy, bpy.context.object.data.angle = 2.5, 0.1
    scene.world = bpy.data.worlds.new("sky")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.75, 0.82, 0.9, 1)
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.6
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.camera.data.lens = LENS_MM
    scene.collection.objects.link(scene.camera)
    scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", SAMPLES
    scene.cycles.max_bounces = 3
    scene.render.resolution_x = scene.render.resolution_y = SIZE_PX
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"


def look(scene: bpy.types.Scene, hips: Vector, angle: float) -> None:
    """Set the camera around the person at an angle from where the video's camera was."""
    aim = Vector((hips.x, hips.y, AIM_M))
    scene.camera.location = (aim.x + AWAY_M * math.sin(angle), aim.y - AWAY_M * math.cos(angle), EYES_M)
    scene.camera.rotation_euler = (aim - scene.camera.location).to_track_quat("-Z", "Y").to_euler()


main(sys.argv[1], sys.argv[2], [int(frame) for frame in sys.argv[3:]])
