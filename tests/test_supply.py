"""What continuous integration installs: every requirement is locked, to an allowed version, by hashes and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LINE = re.compile(r"([a-z0-9-]+)==([^ ]+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")
LOCKS = {"3.11": "ci-py311", "3.12": "ci-py312"}


def wanted(python):
    """Requirements of the program, its tests and its tools, on Linux."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name in extras for line in extras[name])]
    environment = default_environment() | {
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "python_version": python,
        "python_full_version": python + ".0",
    }
    requirements = [Requirement(line) for line in lines if not line.startswith("uao-pose[")]
    return [r for r in requirements if r.marker is None or r.marker.evaluate(environment)]


def locked(name):
    """{package: version}; everything in the file must be that, with hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert LINE.sub("", body) == "", f"{name}: a line that is neither version nor hash"
    return {package: version for package, version, _ in LINE.findall(body)}


@pytest.mark.parametrize("python", LOCKS)
@pytest.mark.parametrize("torch", ["torch-cuda", "torch-cpu"])
def test_every_requirement_is_locked_to_a_version_that_it_allows(python, torch):
    beside = f"{LOCKS[python]}-{torch}"
    if not (ROOT / "requirements" / f"{beside}.txt").is_file():
        pytest.skip("PyTorch without CUDA was not to be had for this Python where the lock was made")
    versions = locked(LOCKS[python]) | locked(beside)
    for requirement in wanted(python):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is in no lock; run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement} is locked to {version}; run `make lock`"


@pytest.mark.parametrize("name", ["blender", "audit", *LOCKS.values()])
def test_a_lock_names_versions_and_hashes_only(name):
    assert len(locked(name)) > 5
