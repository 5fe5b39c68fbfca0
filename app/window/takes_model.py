"""The takes as a list: what each row says, and how it is drawn."""

from itertools import count
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QCoreApplication,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.takes import TakeEntry
from app.window.queue_model import duration_text
from app.window.takes import Takes
from app.window.takes_workers import Thumbnails
from app.window.theme import theme_of

DETAIL_ROLE, OPEN_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""When and how long, in one line; whether the take is open."""
_Index = QModelIndex | QPersistentModelIndex
_PAD_PX, _GAP_PX, _RADIUS_PX, _MARK_PX = 6, 10, 4, 3


def detail_text(entry: TakeEntry) -> str:
    """Date and length of a take, as one would say them."""
    return QCoreApplication.translate("Takes", "{date}, {duration}").format(
        date=QLocale().toString(
            QDateTime.fromSecsSinceEpoch(int(entry.recorded.timestamp())), QLocale.FormatType.ShortFormat
        ),
        duration=duration_text(entry.duration_s),
    )


def _tip(entry: TakeEntry) -> str:
    size = QLocale().formattedDataSize(entry.size_bytes)
    lines = [
        str(entry.path),
        QCoreApplication.translate("Takes", "{frames} pictures, {duration}, {size}").format(
            frames=entry.frames, duration=duration_text(entry.duration_s), size=size
        ),
    ]
    if entry.note.trim_start or entry.note.trim_stop is not None:
        stop = entry.frames if entry.note.trim_stop is None else min(entry.note.trim_stop, entry.frames)
        lines.append(
            QCoreApplication.translate("Takes", "Trimmed to pictures {first} to {last}").format(
                first=entry.note.trim_start + 1, last=stop
            )
        )
    if entry.note.note:
        lines += ["", entry.note.note]
    return "\n".join(lines)


class TakesModel(QAbstractListModel):
    """One row a take. Rows come and go one by one, so that a selection, and a title that is being typed, stay."""

    def __init__(self, takes: Takes, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._takes, self._thumbnails = takes, thumbnails
        self._entries: list[TakeEntry] = list(takes.entries)
        takes.listed.connect(self._on_listed)
        takes.current_changed.connect(self._redraw)
        thumbnails.made.connect(lambda _path: self._redraw())

    def entry(self, index: _Index) -> TakeEntry:
        return self._entries[index.row()]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802 (Qt's name and default)
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return entry.title
            case Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.image(entry.path)
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(entry)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{entry.title}, {detail_text(entry)}"
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return entry.note.note
            case _ if role == DETAIL_ROLE:
                return detail_text(entry)
            case _ if role == OPEN_ROLE:
                return entry == self._takes.current
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 (Qt's name)
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self._takes.rename(self.entry(index), str(value))
        return True

    def _on_listed(self) -> None:
        new = list(self._takes.entries)
        paths = {entry.path for entry in new}
        for row in reversed(range(len(self._entries))):
            if self._entries[row].path not in paths:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._entries[row]
                self.endRemoveRows()
        known = {entry.path for entry in self._entries}
        if [entry.path for entry in new if entry.path in known] != [entry.path for entry in self._entries]:
            self.beginResetModel()
            self._entries = new
            self.endResetModel()
        for row, entry in enumerate(new):
            if row == len(self._entries) or self._entries[row].path != entry.path:
                self.beginInsertRows(QModelIndex(), row, row)
                self._entries.insert(row, entry)
                self.endInsertRows()
        self._entries = new
        self._thumbnails.keep(paths)
        self._redraw()

    def row_of(self, entry: TakeEntry) -> int:
        """-1 where it is not listed."""
        return next((row for row, known in zip(count(), self._entries, strict=False) if known.path == entry.path), -1)

    def _redraw(self) -> None:
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))


class TakeDelegate(QStyledItemDelegate):
    """Draws a take: its first picture, its title, and below it when and how long; what is open has a bar and is bold."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802 (Qt's name)
        height = round(2.5 * option.fontMetrics.height()) + 2 * _PAD_PX
        return QSize(16 * option.fontMetrics.averageCharWidth() + 2 * height, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self.initStyleOption(option, index)
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        painter.save()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_open = bool(index.data(OPEN_ROLE))
        picture, upper, lower = _places(option.rect, option.fontMetrics.height())
        if is_open:
            bar = QRect(option.rect.topLeft() + QPoint(0, _PAD_PX), QSize(_MARK_PX, picture.height()))
            painter.fillRect(bar, option.palette.highlightedText() if selected else option.palette.highlight())
        _paint_picture(painter, picture, index.data(Qt.ItemDataRole.DecorationRole), option.palette)
        font = QFont(option.font)
        font.setBold(is_open)
        text, faint = option.palette.text().color(), theme_of(option.palette).faint
        ink = option.palette.highlightedText().color() if selected else text
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(upper, align, painter.fontMetrics().elidedText(index.data(), elide, upper.width()))
        painter.setFont(option.font)
        painter.setPen(ink if selected else faint)
        painter.drawText(lower, align, painter.fontMetrics().elidedText(index.data(DETAIL_ROLE), elide, lower.width()))
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:  # noqa: N802 (Qt's name)
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Title of the take"))
        editor.setPlaceholderText(self.tr("As the file"))
        editor.setMaxLength(200)
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:  # noqa: N802 (Qt's name)
        """Also called when anything in the row changes: what is being typed stays."""
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():
            editor.setText(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:  # noqa: N802 (Qt's name)
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:  # noqa: N802
        _, upper, _ = _places(option.rect, option.fontMetrics.height())
        height = editor.sizeHint().height()
        editor.setGeometry(upper.left() - _PAD_PX, upper.center().y() - height // 2, upper.width() + _PAD_PX, height)


def _places(rect: QRect, line_px: int) -> tuple[QRect, QRect, QRect]:
    """Of the picture, the title and the line below it."""
    inner = rect.adjusted(_MARK_PX + _PAD_PX, _PAD_PX, -_PAD_PX, -_PAD_PX)
    picture = QRect(inner.topLeft(), QSize(inner.height() * 16 // 9, inner.height()))
    words = inner.adjusted(picture.width() + _GAP_PX, 0, 0, 0)
    upper, lower = QRect(words), QRect(words)
    upper.setBottom(words.center().y())
    lower.setTop(words.center().y() + 1)
    upper.setTop(upper.bottom() - round(1.2 * line_px) + 1)
    lower.setHeight(round(1.2 * line_px))
    return picture, upper, lower


def _paint_picture(painter: QPainter, rect: QRect, image: QImage | None, palette: QPalette) -> None:
    """An image that fills a rounded rectangle; its ground alone where there is none."""
    path = QPainterPath()
    path.addRoundedRect(rect, _RADIUS_PX, _RADIUS_PX)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillPath(path, palette.button())
    if image is None or image.isNull():
        return
    size = image.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    target = QRect(QPoint(0, 0), size)
    target.moveCenter(rect.center())
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(target, image)
    painter.restore()
