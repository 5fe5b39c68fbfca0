"""The threads that somebody has running or winding down: nobody waits for them, and none is lost while it runs."""

from PySide6.QtCore import QObject, Signal

from app.window.workers import ExportWorker, Worker, end_workers


class Crew(QObject):
    """Workers from their start to their end. One that was asked to stop has nothing more to say."""

    failed = Signal(object, str)  # Worker, why; also where it failed first and was asked to stop then
    noticed = Signal(str)
    gone = Signal(object)  # Worker, which has ended and is deleted after this

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workers: list[Worker] = []

    def start(self, worker: Worker) -> None:
        worker.failed.connect(self._on_failed)
        worker.noticed.connect(self._on_noticed)
        worker.finished.connect(self._on_gone)
        self.workers.append(worker)
        worker.start()

    def stop(self) -> None:
        """Ask all to stop; returns at once."""
        for worker in self.workers:
            worker.stop()

    def wait(self) -> None:
        """Wait for all, for those that write as long as it takes: for the end of the program only."""
        end_workers([worker for worker in self.workers if not isinstance(worker, ExportWorker)])
        for worker in list(self.workers):
            if isinstance(worker, ExportWorker):
                worker.wait()

    def _on_failed(self, message: str) -> None:
        sender = self.sender()
        if isinstance(sender, Worker) and (sender.is_broken or not sender.is_stopped()):
            self.failed.emit(sender, message)

    def _on_noticed(self, notice: str) -> None:
        sender = self.sender()
        if isinstance(sender, Worker) and not sender.is_stopped():
            self.noticed.emit(notice)

    def _on_gone(self) -> None:
        sender = self.sender()
        self.workers = [worker for worker in self.workers if worker is not sender]
        if isinstance(sender, Worker):
            sender.deleteLater()
            self.gone.emit(sender)
