"""Spreadsheets: xlsx, xlsb, xls and ods, each sheet as a Markdown table. Formulas are given by their stored values."""

import datetime as dt
from typing import BinaryIO

import python_calamine as calamine

from chat.attachments.content import Content, EnoughError, Lines, table_lines
from chat.attachments.limits import UnreadableError
from chat.text import clean

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read(file: BinaryIO, max_chars: int, media_type: str = EXCEL) -> Content:
    """Each sheet after a line with its number and name. Raises UnreadableError."""
    file.seek(0)
    lines = Lines(max_chars)
    try:
        with calamine.load_workbook(file) as book:
            about = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
            if any(sheet.typ == calamine.SheetTypeEnum.Vba for sheet in book.sheets_metadata):
                raise UnreadableError("macros")
            try:
                for number, sheet in enumerate(about, 1):
                    lines.add(
                        f"\n[Sheet {number}: {clean(sheet.name)}]" if number > 1 else f"[Sheet 1: {clean(sheet.name)}]"
                    )
                    for line in table_lines(_rows(book, sheet.name)):
                        lines.add(line)
            except EnoughError:
                pass
    except calamine.PasswordError as error:
        raise UnreadableError("encrypted_file") from error
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise UnreadableError("broken_file") from error
    if not about:
        raise UnreadableError("no_text")
    return Content("sheets", media_type, lines.text, lines.is_cut, len(about))


def _rows(book: calamine.CalamineWorkbook, name: str) -> list[list[str]]:
    """The rows of a sheet as text, without the empty ones."""
    rows = [[_shown(value) for value in row] for row in book.get_sheet_by_name(name).iter_rows()]
    return [row for row in rows if any(row)]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return (
            value.isoformat(" ", "minutes" if not value.second else "seconds")
            if value.time() != dt.time()
            else value.date().isoformat()
        )
    return clean(str(value))
