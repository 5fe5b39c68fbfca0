"""The window: video and skeleton side by side, a timeline, and the actions."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMessageBox,
    QProgressBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.capture import Frame, list_cameras
from app.options import BUNDLED_CLIP
from app.recording import Recording
from app.viewport_widget import VIEW_HELP, ViewportWidget
from app.window.commands import Commands
from app.window.joint_panel import JointPanel
from app.window.processing_panel import ProcessingPanel
from app.window.session import Session
from app.window.settings import Settings
from app.window.timeline import Timeline
from app.window.video_view import VideoView
from uao_core.packets import FrameResult

_VIDEO_FILES = "Videos (*.mp4 *.mov *.m4v *.avi *.mkv *.webm);;All files (*)"
_EXPORT_FILES = "BVH motion (*.bvh);;JSON with uncertainty (*.json)"
_NATIVE = QKeySequence.SequenceFormat.NativeText
_INVITATION = "Open a video, drop one here, or choose a camera."


class MainWindow(QMainWindow):
    """Views and actions. What is shown comes from the session; what the user does goes to it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._settings = Settings()
        self.setWindowTitle("UAO Pose")
        self.setAcceptDrops(True)
        self.video = VideoView()
        self.viewport = ViewportWidget()
        self.timeline = Timeline()
        self.joints = JointPanel()
        self.processing = ProcessingPanel(session.options)
        self._build_layout()
        self._build_commands()
        self._build_status()

        session.changed.connect(self._on_changed)
        session.frame_shown.connect(self._on_frame)
        session.failed.connect(self._on_failed)
        session.exported.connect(self._on_exported)
        session.recorded.connect(self._on_recorded)
        self.timeline.seeked.connect(self._on_seek)
        self.processing.applied.connect(session.use)
        self._settings.restore(self)
        self._on_changed()

    # Building

    def _build_layout(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.video)
        splitter.addWidget(self.viewport)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([600, 600])
        splitter.setHandleWidth(2)
        splitter.setChildrenCollapsible(False)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.timeline)
        self.setCentralWidget(centre)
        self._docks = [self._dock("Joints", self.joints), self._dock("Processing", self.processing)]

    def _dock(self, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title.lower())
        dock.setWidget(panel)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        return dock

    def _build_commands(self) -> None:
        do = self.commands = Commands(self)
        for action, slot in (
            (do.open, self._choose_file),
            (do.record, self._toggle_record),
            (do.export, self._choose_export),
            (do.play, self._toggle_play),
            (do.back, lambda: self._session.player.step(-1)),
            (do.forward, lambda: self._session.player.step(1)),
            (do.reset, self.viewport.reset_view),
            (do.close, self._session.close_source),
            (do.quit, self.close),
            (do.keys, self._show_keys),
        ):
            action.triggered.connect(slot)
        do.ghost.toggled.connect(self.viewport.show_ghost)
        do.cameras.aboutToShow.connect(self._list_cameras)
        do.recent.aboutToShow.connect(lambda: do.list_recent(self._settings.recent(), self._session.open_file))
        do.fill_menus([dock.toggleViewAction() for dock in self._docks])
        self.addToolBar(do.make_toolbar())

    def _build_status(self) -> None:
        self.status_label, self.figures_label = QLabel(), QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.statusBar().addWidget(self.status_label)
        self.statusBar().addWidget(self.progress)
        self.statusBar().addPermanentWidget(self.figures_label)

    # What the session says

    def _on_changed(self) -> None:
        session, do = self._session, self.commands
        is_file = session.path is not None
        self.timeline.set_state(session.results, session.frame_count, session.player.current)
        self.timeline.setVisible(not session.is_live)
        do.export.setEnabled(session.can_export)
        for action in (do.play, do.back, do.forward):
            action.setEnabled(is_file and bool(session.results))
        do.show_playing(session.player.is_playing)
        do.show_recording(session.is_recording)
        do.record.setEnabled(session.can_record)
        self.progress.setVisible(session.is_growing)
        self.progress.setMaximum(max(session.frame_count, 1))
        self.progress.setValue(len(session.results))
        self.status_label.setText(self._status_text())
        if session.info is None:
            self._show_nothing("Opening…" if session.is_opening else _INVITATION)
            title = "UAO Pose"
        else:
            title = f"{session.info.name} - UAO Pose"
        if title != self.windowTitle():
            self.setWindowTitle(title)
            if session.info is not None and session.path is not None and session.path != BUNDLED_CLIP:
                self._settings.add_recent(session.path)

    def _status_text(self) -> str:
        session = self._session
        if session.info is None:
            return "Opening…" if session.is_opening else "Ready"
        if session.is_live:
            recording = f"Recording {session.recorded_s:.0f} s   " if session.is_recording else ""
            return f"{recording}Live   {session.live_fps:.0f} fps   {session.latency_ms:.0f} ms from grab to picture"
        if session.is_growing:
            return f"Processing frame {len(session.results)} of {session.frame_count}"
        if not session.can_export:
            return "Nobody was found in this video"
        time_s = session.results[session.player.current].time_s if session.results else 0.0
        return f"Frame {session.player.current + 1} of {session.frame_count}   {time_s:.2f} s"

    def _on_frame(self, frame: Frame, result: FrameResult | None) -> None:
        self.video.show_frame(frame, result, mirrored=self._session.is_live)
        pose = result.pose if result is not None else None
        self.viewport.show_pose(pose)
        self.joints.show_pose(pose)
        if pose is None:
            self.figures_label.setText("Nobody in this frame")
            return
        device = self._session.chain.device.type if self._session.chain else ""
        self.figures_label.setText(
            f"expected error {pose.sigma_mm.mean():.0f} mm   ·   reprojection {pose.lifted_reprojection_px:.1f} → "
            f"{pose.reprojection_px:.1f} px   ·   {device}"
        )

    def _on_failed(self, message: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "UAO Pose", message, QMessageBox.StandardButton.Ok, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()  # not exec: the event loop goes on

    def _on_exported(self, path: str) -> None:
        self.statusBar().showMessage(f"Wrote {path}", 6000)

    def _on_recorded(self, recording: Recording) -> None:
        if recording.path is not None:
            left_out = f", {recording.left_out} left out by a slow disk" if recording.left_out else ""
            self.statusBar().showMessage(f"Recorded {recording.frames} pictures{left_out} to {recording.path}", 8000)

    def _show_nothing(self, text: str) -> None:
        self.video.clear(text)
        self.viewport.show_pose(None)
        self.joints.show_pose(None)
        self.figures_label.clear()

    # What the user does

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open video", "", _VIDEO_FILES)
        if name:
            self._session.open_file(Path(name))

    def _choose_export(self) -> None:
        self._session.player.pause()
        stem = self._session.path.stem if self._session.path else "take"
        name, chosen = QFileDialog.getSaveFileName(self, "Export", f"{stem}.bvh", _EXPORT_FILES)
        if name:
            path = Path(name)
            if path.suffix.lower() not in (".bvh", ".json"):
                path = path.with_name(path.name + (".json" if "json" in chosen else ".bvh"))
            self._session.export(path)

    def _list_cameras(self) -> None:
        self.commands.cameras.clear()
        for camera in list_cameras():
            action = self.commands.cameras.addAction(camera.name)
            action.triggered.connect(lambda _checked=False, index=camera.index: self._session.open_camera(index))
        if self.commands.cameras.isEmpty():
            self.commands.cameras.addAction("No webcam is plugged in").setEnabled(False)

    def _show_keys(self) -> None:
        rows = [(action.iconText(), action.shortcut().toString(_NATIVE)) for action in self.commands.all()]
        table = "".join(f"<tr><td>{text}</td><td>&nbsp;&nbsp;<b>{keys}</b></td></tr>" for text, keys in rows if keys)
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, "Keys and mouse", f"<table>{table}</table><p>{VIEW_HELP}</p>", parent=self
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _toggle_play(self) -> None:
        if self._session.player.is_playing:
            self._session.player.pause()
        else:
            self._session.player.play()

    def _toggle_record(self) -> None:
        if self._session.is_recording:
            self._session.stop_recording()
        else:
            self._session.record()

    def _on_seek(self, index: int) -> None:
        self._session.player.pause()
        self._session.player.seek(index)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        self._session.open_file(Path(event.mimeData().urls()[0].toLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        self._settings.store(self)
        self._session.shut_down()
        self.viewport.shut_down()
        super().closeEvent(event)
