"""A GPU that goes away in the middle of the work, in a sentence."""

import torch

_SIGNS = ("cuda error", "cuda driver", "cublas_status", "cudnn_status", "hip error", "mps backend", "command buffer")
"""Of errors that PyTorch raises as plain `RuntimeError`, as before 2.8, and for Apple's GPUs."""


def lost_device(error: BaseException) -> str | None:
    """What to tell the user where the GPU failed; None where the error is another one.

    A driver that was reset, a GPU that was unplugged and a laptop that slept leave a context that answers no more, in this
    process: the work cannot go on on the CPU, since what lay in the GPU's memory is gone.
    """
    is_lost = isinstance(error, getattr(torch, "AcceleratorError", ())) or (
        isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
    )
    if not is_lost:
        return None
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return f"The GPU has stopped working ({reason}); start the program again, with --device cpu if it happens again."
