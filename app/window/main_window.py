"""The window: video and skeleton side by side, a timeline, and the actions."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QFileDialog, QMainWindow, QSplitter, QWidget

from app.camera import list_cameras
from app.capture import Frame
from app.moment import Moment, Past
from app.options import BUNDLED_CLIP
from app.pipeline import choose_device
from app.recording import Recording
from app.video_trouble import is_folder
from app.viewport_widget import ViewportWidget
from app.window.about_dialog import AboutDialog
from app.window.banner import Banners
from app.window.camera_panel import CameraPanel
from app.window.commands import Commands
from app.window.display_menu import DisplayMenu
from app.window.dropping import dropped_paths
from app.window.export_dialog import ask_export_path, is_film
from app.window.export_panel import ExportPanel
from app.window.export_progress import ExportProgress
from app.window.focus_keys import FocusKeys
from app.window.joint_panel import JointPanel
from app.window.keys_dialog import KeysDialog
from app.window.layout import scrolled, stacked
from app.window.lens_panel import LensLink
from app.window.pages import Pages
from app.window.preferences import Preferences
from app.window.processing_panel import ProcessingPanel
from app.window.queue import BatchQueue
from app.window.queue_panel import QueuePanel, video_filter
from app.window.queue_store import QueueStore
from app.window.session import Session
from app.window.settings import Settings
from app.window.status import StatusBar, recorded_in_words
from app.window.takes_dock import TakesDock
from app.window.throttle import Throttle
from app.window.timeline import Timeline
from app.window.video_view import VideoView
from uao_core.packets import FrameResult, Pose


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
        self.exporting = ExportPanel(session.options.exporting)
        self.banners = Banners()
        self._was_opening = self._was_complete = False
        self._queue = BatchQueue(session, QueueStore(self._settings))
        self.batch = QueuePanel(self._queue)
        self.camera = CameraPanel(self._settings)
        self._past = Past()
        self._pose: Pose | None = None  # of the frame that is shown
        self._figures = Throttle(self._show_figures, self)
        self.commands = Commands(self, session)
        self._build_layout()
        self._build_commands()
        status = StatusBar()
        self.status_label, self.figures_label, self.progress = status.label, status.figures, status.progress
        self._status = status
        status.addPermanentWidget(ExportProgress(session.exports, status))
        self.setStatusBar(status)

        session.changed.connect(self._on_changed)
        session.frame_shown.connect(self._on_frame)
        session.failed.connect(self.banners.error)
        session.noticed.connect(self.banners.warning)
        session.exports.written.connect(self._on_exported)
        session.recorded.connect(self._on_recorded)
        self.video.person_clicked.connect(session.follow)
        self.video.painted.connect(session.note_painted)
        self.timeline.seeked.connect(self._on_seek)
        self.processing.applied.connect(session.use)
        self.exporting.changed.connect(session.export_as)
        self._queue.failed.connect(self.banners.error)
        self.batch.review_asked.connect(session.open_file)
        self.camera.opened.connect(session.open_camera)
        self.camera.closed.connect(session.close_source)
        self._lens_link = LensLink(session, self.processing, self)
        self.resize(1280, 760)
        self._settings.restore(self)
        if self._queue.jobs:  # of last time, offered again
            self._batch_dock.show()
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
        self._transport = self.commands.playback.bar(self.timeline)
        player = stacked(splitter, self._transport, stretched=splitter)
        self.pages = Pages(player, self.timeline, self._settings)
        self.setCentralWidget(stacked(self.banners, self.pages, stretched=self.pages))
        self._batch_dock = self._dock("batch", self.tr("Batch"), self.batch, Qt.DockWidgetArea.BottomDockWidgetArea)
        self._batch_dock.hide()
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)  # so that the batch can be tall
        joints = self._dock("joints", self.tr("Joints"), self.joints)
        processing = self._dock("processing", self.tr("Processing"), self.processing)
        camera = self._dock("camera", self.tr("Camera"), scrolled(self.camera))
        exporting = self._dock("export", self.tr("Export"), scrolled(self.exporting))
        self.takes = TakesDock(self._session, self._settings, self.banners, self)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.takes)
        self._docks = [joints, processing, camera, exporting, self._batch_dock, self.takes]
        self.tabifyDockWidget(processing, camera)
        self.tabifyDockWidget(camera, exporting)
        processing.raise_()

    def _dock(
        self,
        name: str,
        title: str,
        panel: QWidget,
        area: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
    ) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)  # by which its place is remembered, in every language
        dock.setWidget(panel)
        self.addDockWidget(area, dock)
        return dock

    def _build_commands(self) -> None:
        do = self.commands
        for action, slot in (
            (do.open, self._choose_file),
            (do.batch, self._show_batch),
            (do.record, self._toggle_record),
            (do.export, self._choose_export),
            (do.best, self.processing.apply_best),
            (do.reset, self.viewport.reset_view),
            (do.close, self._session.close_source),
            (do.quit, self.close),
            (do.keys, lambda: KeysDialog(self.menuBar(), self).open()),  # not exec: the event loop goes on
            (do.about, self._show_about),
        ):
            action.triggered.connect(slot)
        do.cameras.aboutToShow.connect(self._list_cameras)
        do.recent.aboutToShow.connect(lambda: do.list_recent(self._settings.recent(), self._session.open_file))
        do.fill_menus([dock.toggleViewAction() for dock in self._docks])
        self.display = DisplayMenu(self, self._settings, self._session.options.display)
        self.display.fill(do.view)
        self.display.serve(self.video, self.viewport, self.joints, self.timeline)
        Preferences(self._settings, do.appearances, do.languages, self.banners.info, self)
        toolbar = do.make_toolbar()
        self.addToolBar(toolbar)
        do.toolbar_order(toolbar, self.pages.welcome.open)
        FocusKeys(self)
        welcome = self.pages.welcome
        welcome.file_wanted.connect(do.open.trigger)
        welcome.webcam_wanted.connect(self._offer_cameras)
        welcome.demo_wanted.connect(lambda: self._session.open_file(BUNDLED_CLIP))
        welcome.recent_chosen.connect(self._session.open_file)
        self.pages.waiting.cancelled.connect(self._session.close_source)

    # What the session says

    def _on_changed(self) -> None:
        session, do = self._session, self.commands
        self.timeline.set_state(session.results, session.frame_count, session.player.current, session.trim)
        self._transport.setVisible(not session.is_live)
        do.export.setEnabled(session.can_export)
        do.best.setEnabled(session.path is not None and not self.processing.is_best)
        do.show_recording(session.is_recording)
        do.record.setEnabled(session.can_record)
        self._status.show_session(session)
        self.pages.show_session(session)
        self.camera.show_session(session)
        if session.is_opening and not self._was_opening:
            self.banners.clear()  # what they say is of what was open before
        self._was_opening = session.is_opening
        if session.info is None:
            self._show_nothing()
            title = "UAO Pose"
        else:
            title = f"{session.info.name} - UAO Pose"
        if session.is_complete and not self._was_complete and not session.has_anybody and session.info is not None:
            self.banners.warning(
                self.tr(
                    "Nobody was found in {name}. The person should be seen from head to knees at least, in even light, "
                    "and fill more than a tenth of the picture's height."
                ).format(name=session.info.name)
            )
        self._was_complete = session.is_complete
        if title != self.windowTitle():
            self.setWindowTitle(title)
            if session.info is not None and session.path is not None and session.path != BUNDLED_CLIP:
                self._settings.add_recent(session.path)

    def _on_frame(self, frame: Frame, result: FrameResult | None) -> None:
        session = self._session
        lens = session.chain.intrinsics(session.info) if session.chain is not None and session.info is not None else None
        past = self._past.up_to(result, session.results)
        moment = Moment(frame, result, past, lens, session.ground, mirrored=session.is_live)
        self.video.show_moment(moment)
        self.viewport.show_moment(moment)
        self._pose = moment.pose
        if session.is_live:
            self._figures.ask()
        else:
            self._figures.do_now()

    def _show_figures(self) -> None:
        session = self._session
        self.joints.show_pose(self._pose)
        self.processing.show_ground(session.ground)
        self._status.show_pose(self._pose, session.chain.device.type if session.chain else "")

    def _on_exported(self, path: str) -> None:
        self.statusBar().showMessage(self.tr("Wrote {path}").format(path=path), 6000)

    def _on_recorded(self, recording: Recording) -> None:
        if recording.path is not None:
            self.statusBar().showMessage(recorded_in_words(recording), 8000)

    def _show_nothing(self) -> None:
        self._figures.forget()
        self.video.clear("")
        self.viewport.show_moment(None)
        self.joints.clear()
        self.processing.show_ground(None)
        self.figures_label.clear()

    # What the user does

    def _choose_file(self) -> None:
        kinds = video_filter(self.tr("Videos"), self.tr("All files"))
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Open video"), "", kinds)
        self._open([Path(name) for name in names])

    def _open(self, paths: list[Path]) -> None:
        """One video is opened; several, or a folder of them, wait in the batch."""
        if len(paths) == 1 and not is_folder(paths[0]):
            self._session.open_file(paths[0])
        elif paths:
            self._show_batch()
            self._queue.add(paths)

    def _show_batch(self) -> None:
        self._batch_dock.show()
        self._batch_dock.raise_()
        self.batch.table.setFocus()

    def _choose_export(self) -> None:
        self._session.player.pause()
        stem = self._session.path.stem if self._session.path else "take"
        if (path := ask_export_path(self, stem)) is not None and is_film(path):
            self._session.exports.film(path, self.viewport.look, self.viewport.draw)
        elif path is not None:
            self._session.exports.write(path)

    def _list_cameras(self) -> None:
        self.commands.cameras.clear()
        for camera in list_cameras():
            self.pages.camera_names[camera.index] = camera.name
            action = self.commands.cameras.addAction(camera.name)
            mode = self._settings.camera_mode(camera.name)
            action.triggered.connect(lambda _checked=False, c=camera, m=mode: self._session.open_camera(c.index, m))
        if self.commands.cameras.isEmpty():
            self.commands.cameras.addAction(self.tr("No webcam is plugged in")).setEnabled(False)

    def _offer_cameras(self) -> None:
        card = self.pages.welcome.webcam
        self.commands.cameras.popup(card.mapToGlobal(card.rect().bottomLeft()))

    def _show_about(self) -> None:
        chain = self._session.chain
        AboutDialog((chain.device if chain is not None else choose_device("auto")).type, self).open()

    def _toggle_record(self) -> None:
        if self._session.is_recording:
            self._session.stop_recording()
        else:
            self._session.record()

    def _on_seek(self, index: int) -> None:
        self._session.player.pause()
        self._session.player.seek(index)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self.pages.welcome.show_dropping(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 (Qt's name)
        self.pages.welcome.show_dropping(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        self.pages.welcome.show_dropping(False)
        self._open(dropped_paths(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        self._settings.store(self)
        self.hide()  # an export that has begun may take its time
        self._queue.shut_down()
        self.takes.shut_down()
        self._lens_link.shut_down()
        self._session.shut_down()
        self.viewport.shut_down()
        super().closeEvent(event)
