"""Files that are written whole or not at all."""

import pytest
import torch

from models.weights import build_lifter, save_lifter, write_tensors
from uao_core.atomic import atomic_path, atomic_text
from uao_core.errors import UaoError


def test_a_file_takes_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / "take.bvh"
    path.write_text("old")
    with atomic_path(path) as part:
        assert (part.parent, part.suffix) == (tmp_path, ".bvh"), "writers go by the ending"
        part.write_bytes(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, OSError(28, "No space left on device")])
def test_after_a_failure_the_older_file_is_left_alone(tmp_path, failure):
    path = tmp_path / "take.json"
    path.write_text("old")
    told = UaoError if isinstance(failure, OSError) else failure
    with pytest.raises(told) as caught, atomic_text(path) as file:
        file.write("half")
        raise failure
    assert path.read_text() == "old" and [*tmp_path.iterdir()] == [path]
    assert told is not UaoError or "take.json cannot be written (No space left on device)" in str(caught.value)


def test_what_was_never_written_is_one_sentence(tmp_path):
    with pytest.raises(UaoError, match="cannot be written"), atomic_path(tmp_path / "film.mp4"):
        pass


def test_weights_that_cannot_be_written_are_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    network = build_lifter("temporal", {"width": 8, "layers": 1, "heads": 1, "feedforward": 8})
    with pytest.raises(UaoError, match="cannot be written"):
        save_lifter(tmp_path / "file" / "w.safetensors", network, {})
    with pytest.raises(UaoError, match="cannot be written"):
        write_tensors(tmp_path / "nowhere" / "w.safetensors", {"a": torch.ones(2)}, {})
