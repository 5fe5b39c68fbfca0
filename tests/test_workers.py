"""How the tests themselves are run: who measures time is alone, and who crashes says where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = """
import faulthandler, time
from pathlib import Path
import pytest

HERE = Path(__file__).parent

def work(name):
    (HERE / name).touch()
    time.sleep(0.2)
    beside = sorted(path.name for path in HERE.glob("is_*"))
    (HERE / name).unlink()
    return beside

@pytest.mark.parametrize("number", range(6))
def test_beside(number):
    assert "is_alone" not in work(f"is_{number}")

@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_alone(number):
    assert work("is_alone") == ["is_alone"]

def test_crash():
    faulthandler._sigsegv()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_alone_is_alone_and_a_crash_leaves_its_stack(tmp_path):
    (tmp_path / "test_shared.py").write_text(SHARED)
    (tmp_path / "conftest.py").write_text(
        "from tests.workers import pytest_configure, pytest_runtest_protocol, pytest_terminal_summary, pytest_unconfigure\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:dash", "-p", "no:cacheprovider", "-n", "2", "--dist", "worksteal"]
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, "-c", "/dev/null", tmp_path],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "1 failed, 9 passed" in done.stdout, done.stdout
    assert "a worker died, its threads were here" in done.stdout and "in test_crash" in done.stdout
