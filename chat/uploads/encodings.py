"""What people call the encodings that a text can be read in."""

from django.utils.translation import gettext_lazy as _

# The script, in the language of the person, and the name by which programs know the encoding.
_NAMES = {
    "utf-8": (_("Unicode"), "UTF-8"),
    "utf-16-le": (_("Unicode"), "UTF-16 LE"),
    "utf-16-be": (_("Unicode"), "UTF-16 BE"),
    "cp1252": (_("Western"), "Windows-1252"),
    "gb18030": (_("Chinese"), "GB 18030"),
    "big5hkscs": (_("Chinese"), "Big5"),
    "cp932": (_("Japanese"), "Shift JIS"),
    "euc_jis_2004": (_("Japanese"), "EUC-JP"),
    "iso2022_jp_2": (_("Japanese"), "ISO-2022-JP"),
    "cp949": (_("Korean"), "EUC-KR"),
    "cp1250": (_("Central European"), "Windows-1250"),
    "cp1251": (_("Cyrillic"), "Windows-1251"),
    "koi8-r": (_("Cyrillic"), "KOI8-R"),
    "cp1253": (_("Greek"), "Windows-1253"),
    "cp1254": (_("Turkish"), "Windows-1254"),
    "cp1255": (_("Hebrew"), "Windows-1255"),
    "cp1256": (_("Arabic"), "Windows-1256"),
    "cp1257": (_("Baltic"), "Windows-1257"),
    "cp874": (_("Thai"), "Windows-874"),
    "cp1258": (_("Vietnamese"), "Windows-1258"),
    "mac-roman": (_("Western"), "Mac Roman"),
    "cp850": (_("Western"), "DOS 850"),
}


def labels() -> list[tuple[str, str]]:
    """Each of ENCODINGS with its name, "Western (Windows-1252)"."""
    return [(encoding, f"{script} ({name})") for encoding, (script, name) in _NAMES.items()]
