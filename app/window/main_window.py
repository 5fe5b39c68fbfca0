"""The window: video and skeleton side by side, a timeline, and the actions."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QProgressBar,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.capture import Frame, list_cameras
from app.recording import Recording
from app.viewport_widget import ViewportWidget
from app.window.icons import icon
from app.window.session import Session
from app.window.timeline import Timeline
from app.window.video_view import VideoView
from uao_core.packets import FrameResult

_VIDEO_FILES = "Videos (*.mp4 *.mov *.m4v *.avi *.mkv *.webm);;All files (*)"
_EXPORT_FILES = "BVH motion (*.bvh);;JSON with uncertainty (*.json)"
_INVITATION = "Open a video, drop one here, or choose a camera."


class MainWindow(QMainWindow):
    """Views and actions. What is shown comes from the session; what the user does goes to it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setWindowTitle("UAO Pose")
        self.setAcceptDrops(True)
        self.video = VideoView()
        self.viewport = ViewportWidget()
        self.timeline = Timeline()
        self._build_layout()
        self._build_actions()
        self._build_status()

        session.changed.connect(self._on_changed)
        session.frame_shown.connect(self._on_frame)
        session.failed.connect(self._on_failed)
        session.exported.connect(self._on_exported)
        session.recorded.connect(self._on_recorded)
        self.timeline.seeked.connect(self._on_seek)
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

    def _build_actions(self) -> None:
        self.open_action = self._action("open", "&Open video…", QKeySequence.StandardKey.Open, self._choose_file)
        self.record_action = self._action("record", "&Record", QKeySequence("Ctrl+R"), self._toggle_record)
        self.export_action = self._action("export", "&Export…", QKeySequence("Ctrl+E"), self._choose_export)
        self.play_action = self._action("play", "&Play", QKeySequence("Space"), self._toggle_play)
        self.back_action = self._action("step-back", "Step &back", QKeySequence("Left"), lambda: self._session.step(-1))
        self.forward_action = self._action(
            "step-forward", "Step &forward", QKeySequence("Right"), lambda: self._session.step(1)
        )
        self.reset_action = self._action("reset", "&Reset view", QKeySequence("R"), self.viewport.reset_view)
        close_action = QAction("&Close source", self)
        close_action.setShortcut(QKeySequence.StandardKey.Close)
        close_action.triggered.connect(self._session.close_source)
        quit_action = QAction("&Quit", self)
        quit_action.setShortcut(QKeySequence.StandardKey.Quit)
        quit_action.triggered.connect(self.close)

        self.camera_menu = QMenu("&Camera", self)
        self.camera_menu.aboutToShow.connect(self._list_cameras)
        file_menu = self.menuBar().addMenu("&File")
        file_menu.addAction(self.open_action)
        file_menu.addMenu(self.camera_menu)
        file_menu.addAction(self.record_action)
        file_menu.addSeparator()
        file_menu.addAction(self.export_action)
        file_menu.addSeparator()
        file_menu.addActions([close_action, quit_action])
        play_menu = self.menuBar().addMenu("&Playback")
        play_menu.addActions([self.play_action, self.back_action, self.forward_action])
        view_menu = self.menuBar().addMenu("&View")
        view_menu.addAction(self.reset_action)

        bar = QToolBar("Main")
        bar.setMovable(False)
        bar.setIconSize(QSize(22, 22))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addToolBar(bar)
        bar.addAction(self.open_action)
        camera_button = QToolButton()
        camera_button.setText("Camera")
        camera_button.setToolTip("Choose a webcam")
        camera_button.setIcon(icon("camera", self.palette().text().color()))
        camera_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        camera_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        camera_button.setMenu(self.camera_menu)
        bar.addWidget(camera_button)
        bar.addAction(self.record_action)
        bar.addSeparator()
        bar.addActions([self.back_action, self.play_action, self.forward_action])
        for action in (self.back_action, self.forward_action):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        bar.addSeparator()
        bar.addActions([self.export_action, self.reset_action])

    def _action(self, name: str, text: str, shortcut: QKeySequence | QKeySequence.StandardKey, slot: object) -> QAction:
        action = QAction(icon(name, self.palette().text().color()), text, self)
        action.setShortcut(shortcut)
        plain = text.replace("&", "").rstrip("…")
        action.setIconText(plain)
        action.setToolTip(f"{plain} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(slot)
        return action

    def _build_status(self) -> None:
        self.status_label, self.figures_label = QLabel(), QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.statusBar().addWidget(self.status_label)
        self.statusBar().addWidget(self.progress)
        self.statusBar().addPermanentWidget(self.figures_label)

    # What the session says

    def _on_changed(self) -> None:
        session = self._session
        is_file = session.path is not None
        self.timeline.set_state(session.results, session.frame_count, session.current)
        self.timeline.setVisible(not session.is_live)
        self.export_action.setEnabled(session.can_export)
        for action in (self.play_action, self.back_action, self.forward_action):
            action.setEnabled(is_file and bool(session.results))
        self._toggle_looks(self.play_action, ("pause", "Pause") if session.is_playing else ("play", "Play"))
        self.record_action.setEnabled(session.can_record)
        self._toggle_looks(self.record_action, ("stop", "Stop recording") if session.is_recording else ("record", "Record"))
        self.progress.setVisible(session.is_processing)
        self.progress.setMaximum(max(session.frame_count, 1))
        self.progress.setValue(len(session.results))
        self.status_label.setText(self._status_text())
        if session.info is None:
            self._show_nothing("Opening…" if session.is_opening else _INVITATION)
            title = "UAO Pose"
        else:
            title = f"{session.info.name} - UAO Pose"
        self.setWindowTitle(title)

    def _toggle_looks(self, action: QAction, looks: tuple[str, str]) -> None:
        name, text = looks
        if action.iconText() != text:
            action.setIcon(icon(name, self.palette().text().color()))
            action.setIconText(text)

    def _status_text(self) -> str:
        session = self._session
        if session.info is None:
            return "Opening…" if session.is_opening else "Ready"
        if session.is_live:
            recording = f"Recording {session.recorded_s:.0f} s   " if session.is_recording else ""
            return f"{recording}Live   {session.live_fps:.0f} fps   {session.latency_ms:.0f} ms from grab to picture"
        if session.is_processing:
            return f"Processing frame {len(session.results)} of {session.frame_count}"
        if not session.can_export:
            return "Nobody was found in this video"
        time_s = session.results[session.current].time_s if session.results else 0.0
        return f"Frame {session.current + 1} of {session.frame_count}   {time_s:.2f} s"

    def _on_frame(self, frame: Frame, result: FrameResult | None) -> None:
        self.video.show_frame(frame, result, mirrored=self._session.is_live)
        pose = result.pose if result is not None else None
        self.viewport.show_pose(pose)
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
        self.figures_label.clear()

    # What the user does

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open video", "", _VIDEO_FILES)
        if name:
            self._session.open_file(Path(name))

    def _choose_export(self) -> None:
        self._session.pause()
        stem = self._session.path.stem if self._session.path else "take"
        name, chosen = QFileDialog.getSaveFileName(self, "Export", f"{stem}.bvh", _EXPORT_FILES)
        if name:
            path = Path(name)
            if path.suffix.lower() not in (".bvh", ".json"):
                path = path.with_name(path.name + (".json" if "json" in chosen else ".bvh"))
            self._session.export(path)

    def _list_cameras(self) -> None:
        self.camera_menu.clear()
        for camera in list_cameras():
            action = self.camera_menu.addAction(camera.name)
            action.triggered.connect(lambda _checked=False, index=camera.index: self._session.open_camera(index))
        if self.camera_menu.isEmpty():
            self.camera_menu.addAction("No webcam is plugged in").setEnabled(False)

    def _toggle_play(self) -> None:
        if self._session.is_playing:
            self._session.pause()
        else:
            self._session.play()

    def _toggle_record(self) -> None:
        if self._session.is_recording:
            self._session.stop_recording()
        else:
            self._session.record()

    def _on_seek(self, index: int) -> None:
        self._session.pause()
        self._session.seek(index)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        self._session.open_file(Path(event.mimeData().urls()[0].toLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        self._session.shut_down()
        self.viewport.shut_down()
        super().closeEvent(event)
