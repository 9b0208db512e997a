"""A kiosk as one would make it with PySide6: one painted widget, pixmaps drawn ahead, votes stored on a thread.

It runs in a virtual environment of its own and knows nothing of Moodpost.
"""

from __future__ import annotations

import queue
import sqlite3
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

SIZE = (800, 480)
SPOTS = ((36, 170, 152), (228, 170, 152), (420, 170, 152), (612, 170, 152))
THANKS_MS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
GROUND, INK = QColor(247, 248, 250), QColor(17, 24, 39)
WHITE = QColor("white")
MOODS = (
    ("Very good", QColor(0, 107, 72), WHITE),
    ("Good", QColor(152, 212, 110), INK),
    ("Bad", QColor(234, 114, 122), INK),
    ("Very bad", QColor(171, 9, 24), WHITE),
)


class Votes:
    """Stores votes without keeping the screen waiting."""

    def __init__(self, path: Path) -> None:
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(path,), daemon=True).start()

    def put(self, face: int) -> None:
        """Store it soon."""
        self._queue.put(face)

    def _work(self, path: Path) -> None:
        base = sqlite3.connect(path, isolation_level=None)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("CREATE TABLE IF NOT EXISTS votes (seq INTEGER PRIMARY KEY, face INTEGER, at REAL)")
        while True:
            base.execute("INSERT INTO votes (face, at) VALUES (?, ?)", (self._queue.get(), time.time()))


class Kiosk(QWidget):
    """The question and four faces; a press lights one up, then come the thanks."""

    def __init__(self, votes: Votes) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setGeometry(0, 0, *SIZE)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._votes = votes
        self._lit: int | None = None
        self._thanked = False
        self._pictures = [(_face(number, lit=False), _face(number, lit=True)) for number in range(len(MOODS))]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Light the face up, store the vote."""
        x = event.position().x()
        for number, (left, _, side) in enumerate(SPOTS):
            if left <= x < left + side and self._lit is None:
                self._lit = number
                self.update()
                self._votes.put(number + 1)
                QTimer.singleShot(THANKS_MS, self._thank)
                QTimer.singleShot(2 * THANKS_MS, self._rest)

    def _thank(self) -> None:
        self._thanked = True
        self.update()

    def _rest(self) -> None:
        self._thanked, self._lit = False, None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """All of the widget."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        painter.setPen(INK)
        painter.setFont(_font(37))
        if self._thanked:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Thank you!")
            return
        painter.drawText(QRectF(0, 40, SIZE[0], 80), Qt.AlignmentFlag.AlignCenter, "How was your visit today?")
        painter.setFont(_font(19))
        for number, (left, top, side) in enumerate(SPOTS):
            lit = self._lit == number
            painter.setOpacity(1.0 if lit or self._lit is None else 0.42)
            painter.drawPixmap(left, top, self._pictures[number][lit])
            label = QRectF(left - 16, top + side + 9, side + 32, 40)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, MOODS[number][0])


def _font(points: int) -> QFont:
    font = QFont("Noto Sans", points)
    font.setBold(True)
    return font


def _face(number: int, *, lit: bool) -> QPixmap:
    side = SPOTS[number][2]
    _, fill, features = MOODS[number]
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / 2, side / 2)
    painter.scale(side / 152, side / 152)
    if lit:
        painter.setPen(QPen(fill.darker(167), 5))
        painter.drawEllipse(QPointF(0, 0), 73.5, 73.5)
        painter.scale(0.88, 0.88)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill.darker(167))
    painter.drawEllipse(QPointF(0, 0), 76, 76)
    painter.setBrush(fill)
    painter.drawEllipse(QPointF(0, 0), 72.5, 72.5)
    painter.setBrush(features)
    for x in (-25, 25):
        painter.drawEllipse(QPointF(x, -18), 8, 13)
    mouth = QPainterPath(QPointF(-33, 30))
    mouth.quadTo(QPointF(0, 55 if number < 2 else 5), QPointF(33, 30))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(features, 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPath(mouth)
    painter.end()
    return picture


def main() -> None:
    """Run until the process is ended."""
    application = QApplication(sys.argv)
    kiosk = Kiosk(Votes(Path(sys.argv[1]) / "votes.db"))
    kiosk.show()
    sys.exit(application.exec())


if __name__ == "__main__":
    main()
