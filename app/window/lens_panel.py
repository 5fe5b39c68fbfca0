"""Between session, processing panel and lens dialog: what the panel says of the lens, and what its buttons do."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.window.lens_dialog import LensDialog
from app.window.lens_measuring import forget_lens
from app.window.processing_panel import ProcessingPanel
from app.window.session import Session


class LensLink(QObject):
    """Keeps the panel true and opens the dialog.

    Attributes:
        dialog: the dialog that is open, or None.
    """

    def __init__(self, session: Session, panel: ProcessingPanel, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._panel, self._window = session, panel, window
        self._shown: tuple[object, ...] = ()
        self.dialog: LensDialog | None = None
        session.changed.connect(self._on_changed)
        panel.lens_asked.connect(self._ask)
        panel.lens_forgotten.connect(lambda: forget_lens(session))

    def _on_changed(self) -> None:
        session = self._session
        state = (session.options, session.chain, session.info, session.is_recording)
        if len(state) == len(self._shown) and all(a is b for a, b in zip(state, self._shown, strict=True)):
            return  # live, the session changes with every picture
        self._shown = state
        self._panel.show_recording(session.is_recording)
        if session.options is not self._panel.in_force:
            self._panel.show_options(session.options)
        if session.chain is None or session.info is None:
            self._panel.show_camera(None, None)
        else:
            name = session.camera_name
            self._panel.show_camera(session.chain.camera(session.info), name)

    def _ask(self) -> None:
        if self.dialog is None:
            self._session.player.pause()
            self.dialog = LensDialog(self._session, self._window)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.accepted.connect(self._panel.forget_typed_fov)
            self.dialog.open()

    def shut_down(self) -> None:
        """Close the dialog and wait for its threads: for the end of the program only."""
        if self.dialog is not None:
            self.dialog.measuring.shut_down()
            self.dialog.reject()

    def _on_closed(self) -> None:
        self.dialog = None
