"""The translation files: extracts the sentences of the code and compiles their translations.

    python -m chatsite.translations extract   writes every sentence of the code into locale/…/*.po
    python -m chatsite.translations compile   compiles these for Django and the page

Babel does the work, so that the machine needs no gettext. Sentences are found in Python, in templates and in the page's
script; those of the page are a separate domain, because they are sent to the browser.
"""

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
# `phrase` marks, in Python and in the worker, a sentence that the page translates.
# Errors of upstreams are raised with English sentences, which the page or the administration translates for its reader.
ERROR_KEYWORDS = {"phrase": None} | {
    name: None for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}
PAGE_KEYWORDS = {"say": None, "phrase": None, "sayCount": (1, 2)}
# Not Babel's own list of keywords, which includes the `_` of loops, and `N_`, which this code does not use.
_STRING = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CALL = re.compile(rf"(?<!\w)(?:n?gettext|_)\({_STRING}(?:, {_STRING})?")
_HEAD_NOISE = re.compile(
    rb'^"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n',
    re.MULTILINE,
)

Found = tuple[str, str | tuple[str, str]]


def found_in(domain: str) -> Iterator[Found]:
    """Every sentence of a domain with its position in the code; a sentence with a plural is a pair."""
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
    """Update every language's .po files: new sentences are empty, and those no longer in the code are dropped."""
    for domain in ("django", "djangojs"):
        template = Catalog(domain=domain, project="Parley", charset="utf-8")
        for position, sentence in found_in(domain):
            template.add(sentence, locations=[(position, 0)], flags=_flags(sentence))
        for folder in sorted(LOCALE.iterdir()):
            path = folder / f"LC_MESSAGES/{domain}.po"
            catalog = (
                read_catalog(path) if path.exists() else Catalog(locale=folder.name, domain=domain, charset="utf-8")
            )
            # A fuzzy match would be a wrong sentence that looks finished.
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            path.write_bytes(as_po(catalog))
            missing = [message.id for message in catalog if message.id and not is_said(message)]
            print(f"{path.relative_to(ROOT)}: {len(catalog)} sentences, {len(missing)} without a translation")  # noqa: T201


def as_po(catalog: Catalog) -> bytes:
    """The file of a catalogue, without the times and names in its header that each extraction would change."""
    catalog.fuzzy, catalog.header_comment = False, f"# Parley in {catalog.locale_identifier}"
    file = BytesIO()
    write_po(file, catalog, width=110, include_lineno=False)
    return _HEAD_NOISE.sub(b"", file.getvalue())


def compile_stale() -> None:
    """Compile each .po that is newer than its compiled files. If there is none, this costs only a few stat calls."""
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
    """What static/js/words/words.js reads: the sentences, and the plural form for each category of Intl.PluralRules."""
    assert catalog.locale is not None
    sentences: dict[str, object] = {}
    for message in catalog:
        if message.id and is_said(message):
            sentences[message.id if isinstance(message.id, str) else message.id[0]] = message.string
    return {"sentences": sentences, "forms": plural_forms(catalog.locale)}


def plural_forms(locale: Locale) -> dict[str, int]:
    """For each of CLDR's plural categories the number of gettext's form, found by trying numbers on both."""
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
    """Whether all forms of a sentence have a translation."""
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
    """Find the sentences of a template: Django turns it into gettext calls between noise, and these are parsed."""
    for one, many in _CALL.findall(templatize(path.read_text(encoding="utf-8"))):
        sentence = ast.literal_eval(one)
        yield str(path.relative_to(ROOT)), (sentence, ast.literal_eval(many)) if many else sentence


def _flags(sentence: str | tuple[str, str]) -> list[str]:
    text = sentence if isinstance(sentence, str) else sentence[1]
    return ["python-format"] if re.search(r"%\(\w+\)s", text) else []


if __name__ == "__main__":
    {"extract": extract_all, "compile": compile_stale}[sys.argv[1]]()
