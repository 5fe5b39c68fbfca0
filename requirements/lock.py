"""Write the locks of this folder anew, with the newest versions that pyproject.toml allows: `make lock`.

A lock names one version of every package that continuous integration installs on Linux (x86_64), with its files' hashes:

    ci-py3XX.txt              the program, its tests and its tools, but for PyTorch
    ci-py3XX-torch-cuda.txt   PyTorch as it comes by default, and the CUDA libraries that this build needs
    ci-py3XX-torch-cpu.txt    its build without CUDA, a tenth of the size, which comes from where pip was told to look for it
    blender.txt               Blender's module, the judge of BVH, for Python 3.11
    audit.txt                 pip-audit

The build without CUDA is written where this machine's pip finds it, for the Python that runs this.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PYTHONS = ("3.11", "3.12")
TORCH = re.compile(r"(torch|nvidia|cuda|triton)\b")
NOTE = "# Written by `make lock`; do not edit.\n"


def resolve(python: str, *wanted: str, given: str = "") -> list[str]:
    """Packages with their hashes, sorted by name: each `name==version` and its lines of hashes."""
    command = f"pip compile --python-version {python} --python-platform x86_64-manylinux_2_35 --generate-hashes --upgrade"
    command += " --no-header --no-annotate --no-emit-index-url --no-emit-find-links --system-certs --quiet"
    words = [sys.executable, "-m", "uv", *command.split(), *wanted]
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return re.findall(r"^\S.*\n(?:    .*\n)*", done.stdout, re.MULTILINE)


def torch_without_cuda(version: str) -> list[str]:
    """The same release as this machine's pip would install it, if that is the build without CUDA."""
    command = "pip install --dry-run --ignore-installed --no-deps --quiet --disable-pip-version-check --report -"
    words = [sys.executable, "-m", *command.split(), f"torch=={version}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return []
    (found,) = json.loads(done.stdout)["install"]
    name, digest = found["metadata"]["version"], found["download_info"]["archive_info"]["hashes"]["sha256"]
    return [f"torch=={name} \\\n    --hash=sha256:{digest}\n"] if name.endswith("+cpu") else []


def write(name: str, packages: list[str]) -> None:
    (FOLDER / name).write_text(NOTE + "".join(packages), encoding="utf-8")


def main() -> None:
    here = "{}.{}".format(*sys.version_info)
    for python in PYTHONS:
        packages = resolve(python, "pyproject.toml", "--extra", "dev", "--extra", "evaluate")
        name = f"ci-py{python.replace('.', '')}"
        write(f"{name}.txt", [package for package in packages if not TORCH.match(package)])
        write(f"{name}-torch-cuda.txt", [package for package in packages if TORCH.match(package)])
        version = next(package for package in packages if package.startswith("torch==")).split()[0].removeprefix("torch==")
        if python == here and (without := torch_without_cuda(version)):
            write(f"{name}-torch-cpu.txt", without)
    write("blender.txt", resolve("3.11", "-", given="bpy==5.0.1"))
    write("audit.txt", resolve(PYTHONS[0], "-", given="pip-audit"))


if __name__ == "__main__":
    main()
