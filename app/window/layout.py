"""How parts of the window are put together."""

from collections.abc import Callable

from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.window.action import plain_text


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


def add_row(form: QFormLayout, text: str, field: QWidget, row: QLayout | None = None) -> None:
    """A field with a label that leads to it by its access key, and is what a screen reader calls it.

    Args:
        row: what the field stands in, where there is more beside it.
    """
    label = QLabel(text)
    label.setBuddy(field)
    field.setAccessibleName(plain_text(text))
    if row is None:
        form.addRow(label, field)
    else:
        form.addRow(label, row)


def button(text: str, slot: Callable[[], None]) -> QPushButton:
    """A button that calls a function without arguments; Qt would tell it whether the button is down."""
    made = QPushButton(text)
    made.clicked.connect(lambda _checked=False: slot())
    return made
