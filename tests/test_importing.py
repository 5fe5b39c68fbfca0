"""What starting the program need not import, and what it need not do meanwhile."""

import gc
import sys

import pytest

from app.importing import importing
from app.quiet_open3d import o3d


def test_open3d_comes_without_its_notebook_view():
    assert o3d.visualization.Visualizer is not None
    assert not {"dash", "plotly", "open3d.visualization.draw_plotly"} & set(sys.modules)


@pytest.mark.parametrize("was_enabled", [True, False])
def test_importing_looks_for_no_garbage_and_leaves_the_collector_as_it_was(was_enabled):
    (gc.enable if was_enabled else gc.disable)()
    try:
        with pytest.raises(ImportError), importing():
            assert not gc.isenabled()
            import no_such_module_of_uao  # noqa: F401
        assert gc.isenabled() == was_enabled
    finally:
        gc.enable()


def test_only_what_imports_have_made_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / "module_of_this_test.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    gc.unfreeze()
    with importing():
        pass
    assert gc.get_freeze_count() == 0
    with importing():
        import module_of_this_test  # noqa: F401
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
