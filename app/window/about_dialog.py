"""Which program this is, of what it is made, and under which licences."""

import platform
from html import escape
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.options import program_version

_PACKAGES = (
    ("torch", "PyTorch", "BSD-3-Clause"),
    ("mediapipe", "MediaPipe", "Apache-2.0"),
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("open3d", "Open3D", "MIT"),
    ("open3d-cpu", "Open3D", "MIT"),
    ("opencv-python", "OpenCV", "Apache-2.0"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("safetensors", "safetensors", "Apache-2.0"),
    ("cv2-enumerate-cameras", "cv2_enumerate_cameras", "MIT"),
    ("tqdm", "tqdm", "MPL-2.0, MIT"),
)
Rows = list[tuple[str, str]]


class AboutDialog(QDialog):
    """A page that can be read, selected and copied into a report; it looks nothing up."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About UAO Pose"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = QTextBrowser()
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.setAccessibleName(self.tr("About UAO Pose"))
        self.page.setHtml(self._html(device))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(self.tr("Copy all of this as text, for a report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.page.toPlainText()))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(buttons)
        line = self.fontMetrics().height()
        self.resize(36 * line, 34 * line)

    def _html(self, device: str) -> str:
        what, mit = self.tr("3D motion capture from one camera"), self.tr("MIT licence")
        bundled: Rows = [
            (self.tr("Bundled clip: Temuge Batpurev, bodypose3d"), "MIT"),
            (self.tr("Pose detector: Google, MediaPipe pose landmarker"), "Apache-2.0"),
            (self.tr("Lifters: trained by this project"), "MIT"),
            (self.tr("Motion they learned from: CMU Graphics Lab Motion Capture Database"), self.tr("free for all uses")),
            (self.tr("Motion they learned from: UI-PRMD, Vakanski et al."), "PDDL-1.0"),
        ]
        machine: Rows = [
            (self.tr("Computing device"), device),
            ("Python", platform.python_version()),
            (self.tr("System"), f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ]
        method = self.tr(
            "The method is that of Wang et al., Uncertainty-Aware Testing-Time Optimization for 3D Human Pose Estimation, "
            "IEEE Transactions on Multimedia 2025 (arXiv 2402.02339)."
        )
        thanks = self.tr(
            "The data used in this project was obtained from mocap.cs.cmu.edu. "
            "The database was created with funding from NSF EIA-0196217."
        )
        return "".join(
            (
                f"<h2>UAO Pose {escape(program_version())}</h2>",
                f"<p>{escape(what)} · {escape(mit)}</p>",
                f"<p>{escape(method)}</p>",
                _table(self.tr("What comes with it"), bundled),
                f"<p>{escape(thanks)}</p>",
                _table(self.tr("What it is built on"), [(f"{name} {have}", terms) for name, have, terms in packages()]),
                _table(self.tr("Where it runs"), machine),
            )
        )


def packages() -> list[tuple[str, str, str]]:
    """Name, installed version and licence of the packages that the program is built on."""
    found = []
    for distribution, name, terms in _PACKAGES:
        try:
            found.append((name, version(distribution), terms))
        except PackageNotFoundError:
            continue  # Open3D comes under either of two names
    return found


def _table(title: str, rows: Rows) -> str:
    cells = "".join(
        f"<tr><td>{escape(left)}</td><td align='right' style='padding-left: 24px'>{escape(right)}</td></tr>"
        for left, right in rows
    )
    return f"<h4>{escape(title)}</h4><table width='100%'>{cells}</table>"
