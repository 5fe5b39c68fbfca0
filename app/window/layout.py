"""How parts of the window are put together."""

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


def stacked(*parts: QWidget, stretched: QWidget) -> QWidget:
    """Widgets one above the other, without gaps."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part, 1 if part is stretched else 0)
    return whole


def scrolled(panel: QWidget) -> QScrollArea:
    """A panel that scrolls where there is too little room, so that it forces no height upon the window."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setMinimumWidth(panel.minimumSizeHint().width())
    area.setWidget(panel)
    return area
