"""The status bar: what is going on, how far it is, and the figures of the frame that is shown."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from app.recording import Recording
from app.window.session import Session
from app.window.webcam import Webcam
from uao_core.packets import Pose


class StatusBar(QStatusBar):
    """Puts a session into a line of words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.figures, self.progress = QLabel(), QLabel(), QProgressBar()
        self.label.setAccessibleName(self.tr("What is going on"))
        self.figures.setAccessibleName(self.tr("Figures of this frame"))
        self.figures.setToolTip(
            self.tr("Mean expected error of all joints; distance of the pose from the 2D keypoints, before and after UAO")
        )
        self.progress.setAccessibleName(self.tr("Processed frames"))
        self.progress.setTextVisible(False)
        self.addWidget(self.label)
        self.addWidget(self.progress)
        self.addPermanentWidget(self.figures)

    def show_session(self, session: Session) -> None:
        self.progress.setVisible(session.is_growing)
        if session.is_growing and session.frame_count == 0:
            self.progress.setRange(0, 0)  # the file does not say how long it is
        else:
            self.progress.setRange(0, max(session.frame_count, 1))
            self.progress.setValue(len(session.results))
        text = self._text(session)
        if text != self.label.text():
            self.label.setText(text)

    def show_pose(self, pose: Pose | None, device: str) -> None:
        if pose is None:
            self.figures.setText(self.tr("Nobody in this frame"))
            return
        self.figures.setText(
            self.tr("expected error {error} mm   ·   reprojection {before} → {after} px   ·   {device}").format(
                error=f"{pose.sigma_mm.mean():.0f}",
                before=f"{pose.lifted_reprojection_px:.1f}",
                after=f"{pose.reprojection_px:.1f}",
                device=device,
            )
        )

    def _text(self, session: Session) -> str:
        if session.info is None:
            if session.is_opening:
                return self.tr("Opening…")
            return self.tr("Stopped before the first frame") if session.can_continue else self.tr("Ready")
        if session.webcam is not None:
            return self._live(session.webcam, session.info.name)
        if session.is_growing:
            return self._processing(len(session.results), session.frame_count, session.seconds_left)
        if session.can_continue:
            return self.tr("Stopped after frame {done} of {total}").format(
                done=len(session.results), total=session.frame_count
            )
        if not session.has_anybody:
            return self.tr("Nobody was found in this video")
        time_s = session.results[session.player.current].time_s if session.results else 0.0
        text = self.tr("Frame {frame} of {count}   {time} s").format(
            frame=session.player.current + 1, count=session.frame_count, time=f"{time_s:.2f}"
        )
        return text if session.can_export else text + "   " + self.tr("Nobody is in the part that is kept")

    def _live(self, webcam: Webcam, name: str) -> str:
        if webcam.is_waiting:
            return self.tr("Waiting for {camera}: plug it in again, or close it").format(camera=name)
        live = self.tr("Live   {fps} fps   {latency} ms from grab to picture").format(
            fps=f"{webcam.figures.fps:.0f}", latency=f"{webcam.figures.latency_ms:.0f}"
        )
        steps, wanted = webcam.steps
        if steps < wanted:
            live += "   " + self.tr("short of time: {steps} of {wanted} steps").format(steps=steps, wanted=wanted)
        if not webcam.is_recording:
            return live
        return self.tr("Recording {seconds} s").format(seconds=f"{webcam.recorded_s:.0f}") + "   " + live

    def _processing(self, done: int, total: int, left_s: float | None) -> str:
        if total <= done:  # more than the file had promised, or no promise
            return self.tr("Processing frame {done}").format(done=done)
        if left_s is None:
            return self.tr("Processing frame {done} of {total}").format(done=done, total=total)
        if left_s < 90:
            seconds = 5 * max(round(left_s / 5), 1)
            return self.tr("Processing frame {done} of {total}, about {seconds} s left").format(
                done=done, total=total, seconds=seconds
            )
        return self.tr("Processing frame {done} of {total}, about {minutes} min left").format(
            done=done, total=total, minutes=round(left_s / 60)
        )


def recorded_in_words(recording: Recording) -> str:
    """That a recording has ended, and how."""
    text = QCoreApplication.translate("StatusBar", "Recorded {frames} pictures to {path}")
    text = text.format(frames=recording.frames, path=recording.path)
    if recording.is_cut:
        text = QCoreApplication.translate("StatusBar", "The camera went away.") + " " + text
    if recording.left_out:
        text += QCoreApplication.translate("StatusBar", "; {count} were left out by a slow disk").format(
            count=recording.left_out
        )
    return text
