"""Processes that share a batch: tensors this small are faster each on a core of its own than spread over all cores.

Parameters lie in shared memory, so that all see what the optimizer makes of them; gradients come back through it.
"""

import multiprocessing
import multiprocessing.connection
import threading
from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.orphans import end_with_parent
from uao_core.errors import UaoError

_LONGEST_WAIT_S = 3600.0


class Shards:
    """Gradients of `count` parts of a batch, each computed by a process of its own; the first by the caller's.

    Args:
        network: its parameters move into shared memory.
        gradients: leaves the gradients of a part (step, index) in the network, and returns figures (F,).
        count: how many parts.

    Raises:
        UaoError: this system cannot fork processes.
    """

    def __init__(self, network: nn.Module, gradients: Callable[[int, int], Tensor], count: int, figures: int) -> None:
        self._parameters = list(network.parameters())
        self._gradients = gradients
        self._count = count
        if count == 1:
            return
        if "fork" not in multiprocessing.get_all_start_methods():
            raise UaoError("Processes cannot share a batch on this system; leave --workers away.")
        network.share_memory()
        torch.set_num_threads(1)  # also: a process that has started threads cannot be forked
        context = multiprocessing.get_context("fork")
        size = sum(parameter.numel() for parameter in self._parameters)
        self._found = torch.zeros(count, size).share_memory_()
        self._figures = torch.zeros(count, figures).share_memory_()
        self._step = context.Value("q", 0)
        self._barrier = context.Barrier(count, timeout=_LONGEST_WAIT_S)
        self._others = [context.Process(target=self._work, args=(index,), daemon=True) for index in range(1, count)]
        for process in self._others:
            process.start()
        threading.Thread(target=self._watch, args=([process.sentinel for process in self._others],), daemon=True).start()

    def step(self, step: int) -> Tensor:
        """Leave the mean gradients of all parts in the network; returns the figures (count, F) of the parts.

        Raises:
            UaoError: a process died.
        """
        if self._count == 1:
            return self._gradients(step, 0)[None]
        self._step.value = step
        try:
            self._barrier.wait()
            self._compute(0)
            self._barrier.wait()
        except threading.BrokenBarrierError as error:
            raise UaoError("A process that shares the batch died; go on with --resume.") from error
        mean, start = self._found.mean(dim=0), 0
        for parameter in self._parameters:
            parameter.grad = mean[start : start + parameter.numel()].view_as(parameter)
            start += parameter.numel()
        return self._figures

    def close(self) -> None:
        """End the other processes; a second call does nothing."""
        if self._count > 1:
            self._barrier.abort()
            for process in self._others:
                process.join()

    def _compute(self, index: int) -> None:
        self._figures[index] = self._gradients(self._step.value, index)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        torch.cat([gradient.flatten() for gradient in gradients], out=self._found[index])

    def _watch(self, sentinels: list[int]) -> None:
        """Wait for the first process that ends, and let nobody wait for it."""
        multiprocessing.connection.wait(sentinels)
        self._barrier.abort()

    def _work(self, index: int) -> None:
        end_with_parent()  # it would wait for it at the barrier
        try:
            while True:
                self._barrier.wait()
                self._compute(index)
                self._barrier.wait()
        except threading.BrokenBarrierError:
            pass
        finally:
            self._barrier.abort()
