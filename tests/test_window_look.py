"""How the window looks and explains itself: themes, icons, pages, messages, keys, and its Chinese."""

import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QMimeData, QPoint, QSettings, QSize, Qt, QTranslator, QUrl
from PySide6.QtGui import QAccessible, QColor, QDragEnterEvent, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QSlider, QToolBar, QToolButton

from app.capture import SourceInfo
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.window import banner as banner_module
from app.window import translation
from app.window.about_dialog import AboutDialog, packages
from app.window.action import plain_text
from app.window.banner import MOST, Banners, Kind
from app.window.elided import ElidedButton, ElidedLabel
from app.window.icons import NAMES, icon
from app.window.live_worker import LiveWorker
from app.window.main_window import MainWindow
from app.window.remaining import Remaining
from app.window.session import Session
from app.window.settings import Settings
from app.window.status import StatusBar
from app.window.theme import DARK, LIGHT, Appearance, apply_theme, theme_of
from uao_core.packets import FrameResult, Keypoints

forget_opencv_qt()
ROOT = Path(__file__).parent.parent
TS = ROOT / "assets" / "translations" / "uao-pose_zh_CN.ts"
TOOLS = Path(sys.executable).parent
NOBODY = FrameResult(Keypoints(0, 0.0, None), None)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def window(qtbot, qapp):
    apply_theme(qapp, Appearance.DARK)
    made = MainWindow(Session(parse_options(["--device", "cpu"])))
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.show()
    yield made
    made.close()
    apply_theme(qapp, Appearance.DARK)


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].astype(int)


# Themes and icons


def contrast(one, other):
    """Of two colours, after WCAG 2."""

    def luminance(colour):
        parts = np.array(QColor(colour).getRgbF()[:3])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_text_can_be_read_on_every_ground(theme):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for ground in (theme.window, theme.base, theme.raised, theme.hover):
        for text in (theme.text, theme.faint, theme.info, theme.warning, theme.error):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(theme.text, theme.pressed) >= 4.5 and contrast(theme.on_accent, theme.accent) >= 4.5
    for ground in (theme.window, theme.base, theme.raised):
        assert contrast(theme.accent, ground) >= 3, "the frame of the focus is seen"
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in astuple(theme))


def test_the_theme_changes_while_the_window_is_open(qtbot, qapp, window):
    dark = pixels(window.grab().toImage())
    light_action = next(a for a in window.commands.appearances.actions() if a.data() is Appearance.LIGHT)
    light_action.trigger()
    light = pixels(window.grab().toImage())
    assert theme_of(qapp.palette()) is LIGHT and light.mean() > dark.mean() + 100
    assert Settings().appearance() is Appearance.LIGHT, "and is remembered"
    button = window.findChild(QToolBar).widgetForAction(window.commands.open)
    picture = button.icon().pixmap(QSize(24, 24)).toImage()
    drawn = [picture.pixelColor(x, y) for x in range(24) for y in range(24) if picture.pixelColor(x, y).alpha() > 200]
    assert drawn and max(colour.lightness() for colour in drawn) < 80, "icons are dark on light"


def test_the_system_decides_where_nobody_chose(qapp, monkeypatch):
    hints = qapp.styleHints()
    for scheme, theme in ((Qt.ColorScheme.Light, LIGHT), (Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Unknown, DARK)):
        monkeypatch.setattr(type(hints), "colorScheme", lambda self, scheme=scheme: scheme)
        apply_theme(qapp, Settings().appearance())
        assert theme_of(qapp.palette()) is theme


@pytest.mark.parametrize("name", NAMES)
def test_icons_are_sharp_and_grey_when_disabled(qapp, name):
    apply_theme(qapp, Appearance.DARK)
    picture = icon(name).pixmap(QSize(24, 24), 2.0)
    assert picture.size() == QSize(48, 48) and picture.devicePixelRatio() == 2
    for theme, appearance in ((LIGHT, Appearance.LIGHT), (DARK, Appearance.DARK)):
        apply_theme(qapp, appearance)
        assert all(alike(drawn, theme.text) or alike(drawn, "#e5484d") for drawn in full_colours(icon(name)))
        assert all(alike(drawn, theme.disabled) for drawn in full_colours(icon(name), QIcon.Mode.Disabled))


def alike(one, other):
    """But for rounding."""
    return np.allclose(QColor(one).getRgb(), QColor(other).getRgb(), atol=1)


def full_colours(picture, mode=QIcon.Mode.Normal):
    """Of the pixels that are wholly inside of what is drawn."""
    image = picture.pixmap(QSize(96, 96), mode).toImage()
    inside = (image.pixelColor(x, y) for x in range(96) for y in range(96))
    colours = {colour.name() for colour in inside if colour.alpha() == 255}
    assert colours
    return colours


def test_an_unknown_icon_is_refused_at_once():
    with pytest.raises(KeyError):
        icon("no such icon")


# Pages


def test_the_welcome_offers_three_ways_to_begin(qtbot, monkeypatch, window):
    welcome = window.pages.welcome
    assert welcome.isVisible() and QApplication.focusWidget() in (welcome.open, None)
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (asked.append("file"), ([], ""))[1])
    monkeypatch.setattr(window.commands.cameras, "popup", lambda at: asked.append("cameras"))
    monkeypatch.setattr(window._session, "open_file", asked.append)
    for card in (welcome.open, welcome.webcam):
        qtbot.keyClick(card, Qt.Key.Key_Return)
    qtbot.keyClick(welcome.demo, Qt.Key.Key_Space)
    assert asked == ["file", "cameras", BUNDLED_CLIP]
    for card in (welcome.open, welcome.webcam, welcome.demo):
        assert card.accessibleName() and card.accessibleDescription() and card.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_welcome_fits_a_small_window_and_scrolls_in_a_tiny_one(qtbot, window):
    welcome = window.pages.welcome
    assert welcome.verticalScrollBar().maximum() == 0
    for card in (welcome.open, welcome.webcam, welcome.demo):
        assert card.height() >= card.layout().totalHeightForWidth(card.width()), "no text is cut"
    welcome.show_recent([Path(f"/clips/{'very ' * 20}long name {i}.mp4") for i in range(9)])
    assert welcome.horizontalScrollBar().maximum() == 0
    window.resize(700, 330)
    qtbot.waitUntil(lambda: welcome.verticalScrollBar().maximum() > 0)


def test_recent_files_are_offered_on_the_welcome(qtbot, tmp_path, window):
    clip = tmp_path / "R&D.mp4"
    clip.write_bytes(b"")
    window.pages.welcome.show_recent([clip])
    (link,) = [b for b in window.pages.welcome.findChildren(QPushButton) if b.accessibleName() == "R&D.mp4"]
    assert link.toolTip() == str(clip)
    with qtbot.waitSignal(window.pages.welcome.recent_chosen) as chosen:
        link.click()
    assert chosen.args == [clip]


def test_a_held_file_is_welcomed(window):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(BUNDLED_CLIP))])
    before = pixels(window.pages.welcome.grab().toImage())
    enter = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dragEnterEvent(enter)
    assert enter.isAccepted() and (pixels(window.pages.welcome.grab().toImage()) != before).any()


def test_waiting_says_for_what_and_can_be_given_up(qtbot, monkeypatch, window):
    session, waiting = window._session, window.pages.waiting
    session.open_file(BUNDLED_CLIP)
    assert waiting.isVisible() and "demo.mp4" in waiting.accessibleName()
    waiting.cancel.click()
    assert session.path is None and window.pages.welcome.isVisible()
    window.pages.camera_names[7] = "Front camera"
    monkeypatch.setattr(LiveWorker, "start", lambda self: None)
    session.open_camera(7)
    assert waiting.accessibleName() == "Waiting for Front camera"
    session.close_source()


def test_the_status_says_how_long_it_takes(qtbot, qapp, monkeypatch):
    session, bar = Session(parse_options([])), StatusBar()
    qtbot.addWidget(bar)
    session.path, session.info = BUNDLED_CLIP, SourceInfo("a.mp4", (640, 480), 30.0, 600)
    monkeypatch.setattr(Session, "is_growing", True)
    monkeypatch.setattr(Session, "seconds_left", 41.0)
    session.results = [NOBODY] * 123
    bar.show_session(session)
    assert bar.label.text() == "Processing frame 123 of 600, about 40 s left"
    assert (bar.progress.value(), bar.progress.maximum(), bar.progress.isHidden()) == (123, 600, False)
    monkeypatch.setattr(Session, "seconds_left", 400.0)
    bar.show_session(session)
    assert bar.label.text().endswith("about 7 min left")
    session.info = replace(session.info, frame_count=None)
    session.results = []
    bar.show_session(session)
    assert bar.progress.maximum() == 0, "a file that does not say its length"


def test_remaining_time_follows_the_rate_of_late():
    watch = Remaining()
    assert watch.seconds(0, 100, 0.0) is None and watch.seconds(5, 100, 1.0) is None
    assert watch.seconds(20, 100, 4.0) == pytest.approx(16)
    for second in range(5, 60):
        left = watch.seconds(20 + second - 4, 100, float(second))
    assert left == pytest.approx(100 - 75, rel=0.05), "one a second, not the five of the beginning"
    assert watch.seconds(0, 50, 61.0) is None, "another job"


def test_panels_leave_a_window_as_narrow_as_it_is(qtbot, window):
    long = Path("/home/somebody/Videos") / " and on".join(["so on"] * 20)
    window._session.recordings_folder = long
    window._queue.set_target(long)
    window.takes.takes.listed.emit()
    window.takes.show()
    window._batch_dock.show()
    qtbot.wait(50)
    assert window.minimumSizeHint().width() < 850 and window.width() == 900
    panel = window.batch
    panel.status.setText("1234 of 5678 done, 90 failed, 12 h 34 min left")
    qtbot.wait(50)
    assert window.width() == 900 and panel.start.geometry().right() <= panel.width() - 10
    assert window.takes.panel.folder.toolTip() == panel.target.toolTip() == str(long)
    boxes = [box.geometry() for box in panel.formats.values()]
    assert all(panel.rect().contains(box) and not (box & other) for box, other in pairwise(boxes))
    assert len({box.top() for box in boxes}) == 2, "what does not fit in one row stands in a second one"
    window.resize(1500, 700)
    qtbot.waitUntil(lambda: len({box.geometry().top() for box in panel.formats.values()}) == 1)


def test_words_that_do_not_fit_are_left_out_of_the_middle(qtbot):
    path = "/home/somebody/Videos/takes"
    for made in (ElidedLabel(), ElidedButton()):
        qtbot.addWidget(made)
        made.setText(path)
        made.resize(made.sizeHint())
        whole = pixels(made.grab().toImage())
        made.setText("/home/somebody/somewhere else/Videos/takes")
        made.resize(whole.shape[1], whole.shape[0])
        cut = pixels(made.grab().toImage())
        assert (cut[:, :4] == whole[:, :4]).all() and (cut != whole).any(), "the beginning is seen, or the frame around it"
        assert made.minimumSizeHint().width() < whole.shape[1] / 2 and made.text().startswith("/home")
        made.setText(20 * path)
        least = 8 * made.fontMetrics().averageCharWidth()
        assert least <= made.minimumSizeHint().width() < 2 * least + 30, "some letters are seen, however long the text is"


def test_a_video_without_anybody_is_explained_once(monkeypatch, window):
    session = window._session
    session.path, session.info = BUNDLED_CLIP, SourceInfo("empty.mp4", (640, 480), 30.0, 1)
    session.results = [NOBODY]
    monkeypatch.setattr(Session, "is_complete", True)
    for _ in range(2):
        session.changed.emit()
    (banner,) = window.banners.shown()
    assert banner.kind is Kind.WARNING and "empty.mp4" in banner.text
    banner.button.click()
    session.changed.emit()
    assert window.banners.shown() == []


# Messages


def test_banners_say_and_keep_no_more_than_three(qtbot, qapp, monkeypatch):
    events = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: events.append(event.type()))
    banners = Banners()
    qtbot.addWidget(banners)
    assert banners.isHidden()
    for number in range(5):
        banners.error(f"problem {number}")
    assert [banner.text for banner in banners.shown()] == ["problem 4", "problem 3", "problem 2"] and len(
        banners.shown()
    ) == MOST
    assert events.count(QAccessible.Event.Alert) == 5 == events.count(QAccessible.Event.Announcement)
    banners.warning("problem 2")
    assert [banner.text for banner in banners.shown()] == ["problem 2", "problem 4", "problem 3"]
    first = banners.shown()[0]
    assert (first.accessibleName(), first.accessibleDescription()) == ("Warning", "problem 2")
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert len(banners.shown()) == 2
    banners.clear()
    assert banners.isHidden()


def test_a_message_leaves_the_focus_where_it_is(qtbot, window):
    window.activateWindow()
    window.processing.iterations.setFocus()
    before = window.focusWidget()
    window._session.failed.emit("<b>a.mp4</b> cannot be read.")
    (banner,) = window.banners.shown()
    assert banner.isVisible() and window.focusWidget() is before
    assert window.isEnabled() and QApplication.activeModalWidget() is None
    assert banner_module.Kind.ERROR is banner.kind and "<b>" in banner.text


# Keys


def test_every_command_has_a_name_a_tooltip_and_keys_of_its_own(window):
    actions = window.commands.all()
    sequences = [keys.toString() for action in actions for keys in action.shortcuts()]
    assert len(sequences) == len(set(sequences)) >= 10
    for action in actions:
        assert action.iconText() and "&" not in action.iconText() and action.toolTip()
        if not action.shortcut().isEmpty():
            assert action.shortcut().toString(action.shortcut().SequenceFormat.NativeText) in action.toolTip()
    for button in window.findChild(QToolBar).findChildren(QToolButton):
        if button.objectName() != "qt_toolbar_ext_button":
            assert button.text() and button.toolTip() and button.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_tab_goes_through_the_toolbar_from_left_to_right(window):
    bar = window.findChild(QToolBar)
    buttons = [w for a in bar.actions() if isinstance(w := bar.widgetForAction(a), QToolButton)]
    assert len(buttons) >= 8
    for one, next_ in pairwise(buttons):
        chain = one.nextInFocusChain()
        while not (chain.focusPolicy() & Qt.FocusPolicy.TabFocus):
            chain = chain.nextInFocusChain()
        assert chain is next_


def test_the_focused_control_keeps_its_own_keys(qtbot, window):
    window.activateWindow()
    window.commands.playback.play.setEnabled(True)
    window.commands.playback.forward.setEnabled(True)
    fired = []
    window.commands.playback.play.triggered.connect(lambda: fired.append("play"))
    window.commands.playback.forward.triggered.connect(lambda: fired.append("forward"))
    slider = window.findChild(QSlider)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    before = slider.value()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == before + 1 and fired == []
    window.pages.welcome.webcam.setFocus()
    window.timeline.setFocus()
    window.joints.setFocus()
    slider.clearFocus()
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert fired == ["forward"], "elsewhere the keys are the window's"


def test_focus_is_seen(qtbot, window):
    window.activateWindow()
    card = window.pages.welcome.demo
    before = pixels(card.grab().toImage())
    card.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(card.hasFocus)
    assert (pixels(card.grab().toImage()) != before).any()


def test_access_keys_are_no_part_of_a_name():
    assert [plain_text(t) for t in ("&Open video…", "打开视频(&O)…", "Stop &recording")] == [
        "Open video",
        "打开视频",
        "Stop recording",
    ]


# About


def test_about_names_versions_and_licences(window):
    window.commands.about.trigger()
    (dialog,) = window.findChildren(AboutDialog)
    text = dialog.page.toPlainText()
    for name, version, terms in packages():
        assert f"{name} {version}" in text and terms in text
    for fact in ("MIT", "Temuge Batpurev", "NSF EIA-0196217", "PDDL", "cpu" if not has_gpu() else "cu"):
        assert fact in text
    assert len(packages()) >= 8
    dialog.close()


def has_gpu():
    import torch

    return torch.cuda.is_available()


# Chinese


def messages(ts):
    """(context, source) to the message's element."""
    contexts = ElementTree.parse(ts).getroot().iter("context")
    return {(c.findtext("name"), m.findtext("source")): m for c in contexts for m in c.iter("message")}


def sources():
    return sorted(str(path) for path in (ROOT / "app").rglob("*.py"))


def test_every_sentence_has_its_translation(tmp_path):
    """`make translations` and a translator are needed where this fails."""
    found = tmp_path / "now.ts"
    subprocess.run(
        [TOOLS / "pyside6-lupdate", *sources(), "-ts", found, "-locations", "none"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    wanted, have = messages(found), messages(TS)
    assert all(context for context, _ in wanted), "a bare tr(context, text) is taken for a method's: name it translate"
    assert len(wanted) > 100 and set(wanted) == set(have)
    for (context, source), message in have.items():
        translated = message.find("translation")
        assert translated.get("type") is None and translated.text, (context, source)
        placeholders = [set(re.findall(r"\{[^}]*\}", text)) for text in (source, translated.text)]
        assert placeholders[0] == placeholders[1], source
        access_keys = [re.findall(r"&\w", text) for text in (source, translated.text)]
        assert len(access_keys[0]) == len(access_keys[1]), source
        assert source.count(";;") == translated.text.count(";;"), source


def test_no_sentence_is_hidden_from_the_translators():
    """`pyside6-lupdate` overlooks what stands in an f-string, and cannot read what is not written out."""
    known = {source for _, source in messages(TS)}
    calls = 0
    for path in sources():
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            assert name != "_tr", f"{path}:{node.lineno}: pyside6-lupdate knows tr and translate only"
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name == "tr" or (name == "translate" and len(texts) >= 2):
                calls += 1
                assert texts and texts[-1 if name == "translate" else 0] in known, f"{path}:{node.lineno}"
    assert calls > 100


def test_the_compiled_translation_is_the_written_one(tmp_path):
    compiled = tmp_path / "zh.qm"
    subprocess.run([TOOLS / "pyside6-lrelease", TS, "-qm", compiled], check=True, capture_output=True)
    assert compiled.read_bytes() == TS.with_suffix(".qm").read_bytes(), "run make translations"


@pytest.fixture
def chinese(qapp, monkeypatch):
    monkeypatch.setattr(translation, "has_font", lambda code: True)
    locale, before = QLocale(), set(qapp.findChildren(QTranslator))
    assert translation.install_translation(qapp, "zh_CN") == "zh_CN"
    yield
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
    QLocale.setDefault(locale)


def test_the_window_speaks_chinese(qtbot, qapp, chinese):
    made = MainWindow(Session(parse_options(["--device", "cpu"])))
    qtbot.addWidget(made)
    assert made.commands.open.text() == "打开视频(&O)…" and made.commands.open.iconText() == "打开视频"
    assert made.menuBar().actions()[0].text() == "文件(&F)" and made.status_label.text() == "就绪"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消", "Qt's own buttons too"
    made.close()


def test_the_language_is_chosen_by_the_user_then_by_the_system(monkeypatch):
    monkeypatch.setattr(translation, "has_font", lambda code: True)
    choose = translation.language_for
    assert choose(None, QLocale("zh_CN")) == "zh_CN" and choose("en", QLocale("zh_CN")) == "en"
    assert choose(None, QLocale("de_DE")) == "en" and choose("zh_CN", QLocale("de_DE")) == "zh_CN"
    assert choose(None, QLocale("zh_TW")) == "en", "simplified characters are not what Taiwan reads"
    assert choose("xx", QLocale("de_DE")) == "en"
    monkeypatch.setattr(translation, "has_font", lambda code: code == "en")
    assert choose("zh_CN") == "en", "no window of empty boxes"


def test_another_language_is_for_the_next_start(window):
    chinese = next(a for a in window.commands.languages.actions() if a.data() == "zh_CN")
    chinese.trigger()
    assert Settings().language() == "zh_CN" and len(window.banners.shown()) == 1
    window.commands.languages.actions()[0].trigger()
    assert Settings().language() is None


def test_palettes_tell_their_theme(qapp):
    assert theme_of(QPalette(QColor("#f0f0f0"))) is LIGHT and theme_of(QPalette(QColor("#101010"))) is DARK
