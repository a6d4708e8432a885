"""PowerPoint presentations (pptx): the text of the slides in their order, each with its notes."""

import posixpath
import re
import zipfile

from chat.attachments.content import Content, EnoughError, Lines
from chat.attachments.limits import UnreadableError
from chat.attachments.markup import Attributes, Walker, walk

POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_NUMBER = re.compile(r"(\d{1,6})\.xml$")


class _Order(Walker):
    """The relation ids of the slides, in the order in which they are shown."""

    def __init__(self) -> None:
        super().__init__(Lines(0))
        self.ids: list[str] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            self.ids.append(attributes.get("relation id", ""))


class _Relations(Walker):
    """Where the relations of a part lead, by their ids, and the part that holds its notes."""

    def __init__(self, part: str) -> None:
        super().__init__(Lines(0))
        self._folder = posixpath.dirname(part)
        self.targets: dict[str, str] = {}
        self.notes = ""

    def begin(self, name: str, attributes: Attributes) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(posixpath.join(self._folder, attributes.get("Target", ""))).lstrip("/")
        self.targets[attributes.get("Id", "")] = target
        if attributes.get("Type", "").endswith("/notesSlide"):
            self.notes = target


class _Slide(Walker):
    """The paragraphs and tables of a slide. Its number, its date and its foot say nothing."""

    _FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._kind = ""

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "ph":
            self._kind = attributes.get("type", "body")

    def end(self, name: str) -> None:
        if name == "sp":
            self._kind = ""

    def paragraph(self, text: str) -> None:
        if not text.strip() or self._kind in self._FURNITURE:
            return
        super().paragraph(f"# {text}" if self._kind in ("title", "ctrTitle") else text)


def read(package: zipfile.ZipFile, max_chars: int) -> Content:
    """The text of each slide after a line with its number, then its notes. Raises UnreadableError."""
    lines, parts = Lines(max_chars), _slides(package)
    try:
        for number, part in enumerate(parts, 1):
            lines.add(f"\n[Slide {number}]" if number > 1 else "[Slide 1]")
            walk(package, part, _Slide(lines))
            notes = _relations(package, part).notes
            if notes in package.namelist():
                lines.add("Notes:")
                walk(package, notes, _Slide(lines))
    except EnoughError:
        pass
    if not parts:
        raise UnreadableError("no_text")
    return Content("slides", POWERPOINT, lines.text, lines.is_cut, len(parts))


def _slides(package: zipfile.ZipFile) -> list[str]:
    """The parts of the slides: in the order of the presentation, or by number where it names none."""
    order = _Order()
    walk(package, "ppt/presentation.xml", order)
    targets, names = _relations(package, "ppt/presentation.xml").targets, set(package.namelist())
    found = [targets[id] for id in order.ids if targets.get(id) in names]
    if found:
        return found
    numbered = [name for name in names if name.startswith("ppt/slides/slide") and _NUMBER.search(name)]
    return sorted(numbered, key=lambda name: int(_NUMBER.search(name)[1]))  # type: ignore[index]


def _relations(package: zipfile.ZipFile, part: str) -> _Relations:
    relations = _Relations(part)
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path in package.namelist():
        walk(package, path, relations)
    return relations
