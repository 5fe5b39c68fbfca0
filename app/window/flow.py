"""A layout that breaks a row where it is too narrow for it."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

_GAP_PX = 6


class Flow(QLayout):
    """Widgets from left to right, in as many rows as it takes, so that they force no width upon the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 (Qt's name)
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 (Qt's name)
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 (Qt's name)
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 (Qt's name)
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 (Qt's name)
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        heights = [max(item.sizeHint().height() for item, _ in row) for row in self._rows(width)]
        return sum(heights) + _GAP_PX * max(len(heights) - 1, 0)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        hints = [item.sizeHint() for item in self._items]
        width = sum(hint.width() for hint in hints) + _GAP_PX * max(len(hints) - 1, 0)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:  # noqa: N802 (Qt's name)
        least = [item.minimumSize() for item in self._items]
        return QSize(max((size.width() for size in least), default=0), max((size.height() for size in least), default=0))

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 (Qt's name)
        super().setGeometry(rect)
        y = rect.top()
        for row in self._rows(rect.width()):
            height = max(item.sizeHint().height() for item, _ in row)
            x = rect.left()
            for item, width in row:
                own = min(item.sizeHint().height(), height)
                item.setGeometry(QRect(QPoint(x, y + (height - own) // 2), QSize(width, own)))
                x += width + _GAP_PX
            y += height + _GAP_PX

    def _rows(self, room: int) -> Iterator[list[tuple[QLayoutItem, int]]]:
        """Items that stand beside each other, with their widths."""
        row: list[tuple[QLayoutItem, int]] = []
        left = room
        for item in self._items:
            width = min(item.sizeHint().width(), max(room, item.minimumSize().width()))
            if row and width > left:
                yield row
                row, left = [], room
            row.append((item, width))
            left -= width + _GAP_PX
        if row:
            yield row
