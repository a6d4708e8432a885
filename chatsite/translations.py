"""The site's languages as files: what there is to say, and what is said in each of them.

    python -m chatsite.translations extract   takes every sentence of the code into locale/…/*.po
    python -m chatsite.translations compile   makes of them what Django and the page read

Babel does the work, so that no program of the machine is needed. Sentences are found in Python, in templates and in the
page's script; the page's own are a domain of their own, because they are sent to the browser.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_javascript
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from chat.upstreams import errors

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PAGE_WORDS = ROOT / "static/words"

PYTHON_KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")) | dict.fromkeys(
    ("ngettext", "ngettext_lazy"), (1, 2)
)
# `phrase` marks in Python and in the worker what the page will say.
# An error of an upstream is a sentence where it is raised, which a page or the administration says to its reader later.
ERROR_KEYWORDS = {"phrase": None} | {
    name: None for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}
PAGE_KEYWORDS = {"say": None, "phrase": None, "sayCount": (1, 2)}
# Babel's own list would find the `_` of loops, and `N_`, which nobody here writes.
_STRING = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CALL = re.compile(rf"(?<!\w)(?:n?gettext|_)\({_STRING}(?:, {_STRING})?")
_HEAD_NOISE = re.compile(
    rb'^"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n',
    re.MULTILINE,
)

Found = tuple[str, str | tuple[str, str]]


def found_in(domain: str) -> Iterator[Found]:
    """Every sentence of a domain with the place where it is said; a counted one is a pair."""
    if domain == "djangojs":
        for path in sorted((ROOT / "static/js").rglob("*.js")):
            yield from _calls(path, extract_javascript, PAGE_KEYWORDS)
        for path in _python_files():
            yield from _calls(path, "python", ERROR_KEYWORDS)
        return
    for path in _python_files():
        yield from _calls(path, "python", PYTHON_KEYWORDS | ERROR_KEYWORDS)
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt", ".webmanifest"):
            yield from _of_template(path)


def extract_all() -> None:
    """Bring every language's .po files up to date: new sentences are empty, and those that are gone are dropped."""
    for domain in ("django", "djangojs"):
        template = Catalog(domain=domain, project="Parley", charset="utf-8")
        for place, sentence in found_in(domain):
            template.add(sentence, locations=[(place, 0)], flags=_flags(sentence))
        for folder in sorted(LOCALE.iterdir()):
            path = folder / f"LC_MESSAGES/{domain}.po"
            catalog = (
                read_catalog(path) if path.exists() else Catalog(locale=folder.name, domain=domain, charset="utf-8")
            )
            # A guess by likeness would be a wrong sentence that looks finished.
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            path.write_bytes(as_po(catalog))
            missing = [message.id for message in catalog if message.id and not is_said(message)]
            print(f"{path.relative_to(ROOT)}: {len(catalog)} sentences, {len(missing)} without a translation")  # noqa: T201


def as_po(catalog: Catalog) -> bytes:
    """The file of a catalogue. Without times and names in its head: each extraction would change them."""
    catalog.fuzzy, catalog.header_comment = False, f"# Parley in {catalog.locale_identifier}"
    file = BytesIO()
    write_po(file, catalog, width=110, include_lineno=False)
    return _HEAD_NOISE.sub(b"", file.getvalue())


def compile_stale() -> None:
    """Compile each .po that is newer than what was made of it. Costs a few looks at the disk when there is none."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        binary = path.with_suffix(".mo")
        made = [binary] if path.stem == "django" else [binary, PAGE_WORDS / f"{path.parts[-3]}.json"]
        if all(target.exists() and target.stat().st_mtime >= path.stat().st_mtime for target in made):
            continue
        catalog = read_catalog(path)
        content = BytesIO()
        write_mo(content, catalog)
        binary.write_bytes(content.getvalue())
        for target in made[1:]:
            target.parent.mkdir(exist_ok=True)
            target.write_text(
                json.dumps(page_words(catalog), ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
            )


def page_words(catalog: Catalog) -> dict[str, object]:
    """What static/js/words/words.js reads: the sentences, and which plural form belongs to which category of Intl.PluralRules."""
    assert catalog.locale is not None
    sentences: dict[str, object] = {}
    for message in catalog:
        if message.id and is_said(message):
            sentences[message.id if isinstance(message.id, str) else message.id[0]] = message.string
    return {"sentences": sentences, "forms": plural_forms(catalog.locale)}


def plural_forms(locale: Locale) -> dict[str, int]:
    """CLDR's categories of a language as numbers of gettext's forms, by trying numbers on both."""
    index_of = c2py(get_plural(locale).plural_expr)
    forms: dict[str, int] = {}
    for number in range(200):
        forms.setdefault(locale.plural_form(number), index_of(number))
    return forms


def read_catalog(path: Path) -> Catalog:
    """The sentences of one .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain=path.stem)


def is_said(message: Message) -> bool:
    """Whether every form of a sentence has a translation."""
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(forms) and all(forms)


def _python_files() -> list[Path]:
    return sorted(path for room in ("chat", "chatsite") for path in (ROOT / room).rglob("*.py"))


def _calls(path: Path, method: object, keywords: Mapping[str, tuple[int, ...] | None]) -> Iterator[Found]:
    with path.open("rb") as file:
        options = {"parse_template_string": True}
        for _line, sentence, _comments, _context in extract(method, file, keywords=keywords, options=options):  # type: ignore[arg-type]
            yield str(path.relative_to(ROOT)), sentence  # type: ignore[misc]


def _of_template(path: Path) -> Iterator[Found]:
    """Django turns a template into calls of gettext between noise; the calls are read out of it."""
    for one, many in _CALL.findall(templatize(path.read_text(encoding="utf-8"))):
        sentence = ast.literal_eval(one)
        yield str(path.relative_to(ROOT)), (sentence, ast.literal_eval(many)) if many else sentence


def _flags(sentence: str | tuple[str, str]) -> list[str]:
    text = sentence if isinstance(sentence, str) else sentence[1]
    return ["python-format"] if re.search(r"%\(\w+\)s", text) else []


if __name__ == "__main__":
    {"extract": extract_all, "compile": compile_stale}[sys.argv[1]]()
