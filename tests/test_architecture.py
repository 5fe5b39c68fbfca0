"""The core knows no window, no renderer and no detector; every file stays short."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for package in ("app", "uao_core", "models") for path in (ROOT / package).rglob("*.py"))
FORBIDDEN = ("PySide6", "open3d", "mediapipe", "cv2", "app")


def imported_modules(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


def imported_first(module: str) -> set[str]:
    """Modules of ours that run before this one has ended; a package runs before what is in it, but for what it imports."""
    needed = set()
    for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body:  # not in functions, nor for types alone
        if isinstance(node, ast.Import):
            needed |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            needed |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    packages = {name.rsplit(".", depth)[0] for name in needed for depth in range(1, name.count(".") + 1)}
    return {name for name in needed | packages if name in MODULES and not f"{module}.".startswith(f"{name}.")}


def test_no_module_waits_for_itself():
    """Any of them can be imported first."""
    graph = {module: imported_first(module) for module in MODULES}
    assert graph["app.cli"] > {"app.importing", "uao_core.errors"}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", [p for p in SOURCES if "app" not in p.relative_to(ROOT).parts], ids=lambda p: p.stem)
def test_core_imports_no_window_renderer_or_detector(path):
    assert not imported_modules(path) & set(FORBIDDEN)


def test_uao_core_does_not_know_the_network():
    """What turns keypoints into poses is handed its network; only the measuring of networks knows where they come from."""
    core = [p for p in (ROOT / "uao_core").rglob("*.py") if "evaluate" not in p.relative_to(ROOT).parts]
    assert len(core) > 10 and not any({"models", "evaluate"} & imported_modules(path) for path in core)
    assert not any("uao_core.evaluate" in path.read_text(encoding="utf-8") for path in core)


def test_importing_the_core_loads_none_of_them():
    code = (
        "import sys, uao_core.refiner, uao_core.export, uao_core.evaluate.__main__, models.train;"
        f"print([m for m in {FORBIDDEN!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "QPainter(" in path.read_text(encoding="utf-8")], ids=module_of
)
def test_painters_end_with_their_context(path):
    """Python keeps the traceback of what failed last, and in it the painter, which would crash after what it paints on."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    contexts = {item.context_expr for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items}
    painters = {node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "QPainter"}
    assert painters and painters <= contexts


def test_run_demo_stays_a_doorway():
    assert len((ROOT / "run_demo.py").read_text(encoding="utf-8").splitlines()) < 60
