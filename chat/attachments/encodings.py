"""The encodings that text may be in, by Python's names. Values only: the reader imports them, too."""

UTF_8 = "utf-8"
# Those that browsers know and that East Asian, European and Middle Eastern programs still write.
ENCODINGS = (
    UTF_8,
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jis_2004",
    "iso2022_jp_2",
    "cp949",
    "cp1250",
    "cp1251",
    "koi8-r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp874",
    "cp1258",
    "mac-roman",
    "cp850",
)
