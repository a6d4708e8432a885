"""The architecture: which room may import which, one file per effect, no HTML strings, and twins that agree."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from chat import transcript, wire

ROOT = Path(__file__).resolve().parent.parent

# From the ground up, each room of chat/ on its own floor: a room may import only rooms of the floors below it.
FLOORS = (
    "text",
    "demo",
    "metrics",
    "database",
    "vault",
    "language",
    "announce",
    "upstreams",
    "tools",
    "transcript",
    "wire",
    "attachments",
    "models",
    "policy",
    "catalogue",
    "search",
    "shown",
    "process",
    "runs",
    "commands",
    "sockets",
    "review",
    "uploads",
    "accounts",
    "admin",
    "web",
    "templatetags",
    "management",
    "migrations",
    "checks",
    "apps",
)
# One more for each later wing.
MAX_ROOMS = 31
# The pure rooms, and the few rooms of chat that each of them may import.
PURE_ROOMS: dict[str, frozenset[str]] = {
    "text": frozenset(),
    "demo": frozenset(),
    "metrics": frozenset(),
    "upstreams": frozenset({"text"}),
    "tools": frozenset({"text", "upstreams"}),
    "transcript": frozenset({"upstreams"}),
    "wire": frozenset({"text", "upstreams"}),
}
# Third-party packages that a pure room may use; none of them may use Django or Channels.
# The MCP package and the HTTP client that it installs may be used in these files only.
EXTRAS = {
    f"chat/tools/mcp/{name}.py": frozenset({"mcp", "httpx2", "httpcore2", "anyio"})
    for name in ("connection", "http", "offer", "session")
}
PURE_PACKAGES = frozenset({"h11", "httpcore", "httpx", "msgspec", "prometheus_client", "structlog", "uvloop"})
FLOOR_OF = {room: floor for floor, room in enumerate(FLOORS)}
# The imports inside functions, each with the reason why it cannot be at the top of its file.
_MCP = "A process that asks no MCP server does without the 30 MB of the package."
_READY = "The models it needs exist only once Django has loaded the apps."
_START = "Django and Daphne may be imported only after the event loop and the settings have been chosen."
LATE_IMPORTS = {
    "chat/accounts/passwords.py": {"zxcvbn": "Its lists take 15 MB, which only the choice of a password needs."},
    "chat/announce.py": {"redis": "A site with one process runs without Redis and need not import its client."},
    "chat/apps.py": {"chat.checks": _READY, "chat.accounts.trail": _READY, "chat.admin.names": _READY},
    "chat/web/documents.py": {
        "docx": "lxml takes 12 MB, which only the first Word file needs.",
        "xlsxwriter": "Only the first Excel file needs it.",
    },
    "chat/tools/mcp/connection.py": dict.fromkeys(("anyio", "mcp", "chat.tools.mcp.http"), _MCP),
    "chat/tools/mcp/offer.py": {"mcp": _MCP},
    "chat/tools/mcp/session.py": {"mcp": _MCP},
    "chatsite/__main__.py": {
        "uvloop": "Not every platform has it.",
        **dict.fromkeys(("django", "chatsite.held_frames", "chatsite.large_bodies", "chatsite.server"), _START),
    },
}

# Above these limits a class has a second subject, and a function's arguments are a value without a name.
MAX_CLASS_LINES = 200
MAX_PARAMETERS = 6


def sources(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def room_of(path: Path) -> str:
    """The first name below chat/: `runs` for chat/runs/live.py, `policy` for chat/policy.py."""
    return path.relative_to(ROOT / "chat").parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def names_of(node: ast.Import | ast.ImportFrom, path: Path) -> Iterator[str]:
    """The absolute names that a statement imports; a name imported from a package means the file of that name, if it exists."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    package = list(path.relative_to(ROOT).parts[:-1])
    base = package[: len(package) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    yield from (full if (full := f"{module}.{alias.name}") in MODULES else module for alias in node.names)


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Every absolute name that a file imports, including imports inside functions and for types only."""
    statements = (node for node in ast.walk(tree_of(path)) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return tuple(name for node in statements for name in names_of(node, path))


MODULES = {module_of(path): path for path in sources("chat", "chatsite")}
CHAT_FILES = [path for path in sources("chat") if path != ROOT / "chat/__init__.py"]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_room_has_its_floor() -> None:
    assert sorted(FLOORS) == sorted({room_of(path) for path in CHAT_FILES})
    assert len(FLOORS) <= MAX_ROOMS
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [room for room in FLOORS if not re.search(rf"`(chat/)?{room}(/|\.py)`", told)] == []
    named = set(re.findall(r"`((?:chat|chatsite|static|templates|tests|docs|bin)/[a-z0-9_/.]+)`", told))
    assert len(named) > 50
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_arrows_point_down() -> None:
    wrong = [
        f"{short(path)} imports {name}"
        for path in CHAT_FILES
        for name in imports_of(path)
        if name.startswith("chat.")
        if (room := room_of(path)) != (target := name.split(".")[1])
        if FLOOR_OF[target] > FLOOR_OF[room] or target not in PURE_ROOMS.get(room, FLOORS)
    ]
    assert not wrong, wrong


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {name: set(imports_of(path)) & MODULES.keys() - {name} for name, path in MODULES.items()}
    try:
        tuple(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_imports_inside_functions_have_a_reason() -> None:
    found = {
        (short(path), known)
        for path in sources("chat", "chatsite")
        for function in ast.walk(tree_of(path))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in names_of(node, path)
        for known in [name if name.startswith("chat") else name.split(".")[0]]
    }
    assert found == {(file, name) for file, reasons in LATE_IMPORTS.items() for name in reasons}


def nodes_of(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Every node of these kinds in the product, without migrations, with its file."""
    for path in sources("chat", "chatsite"):
        if "migrations" not in path.parts:
            yield from ((short(path), node) for node in ast.walk(tree_of(path)) if isinstance(node, kinds))


def test_classes_have_one_subject() -> None:
    lines = {f"{file}: {node.name}": node.end_lineno - node.lineno + 1 for file, node in nodes_of(ast.ClassDef)}
    assert {name: count for name, count in lines.items() if count > MAX_CLASS_LINES} == {}


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = function.args
    plain = [argument.arg for argument in (*given.posonlyargs, *given.args) if argument.arg not in ("self", "cls")]
    return plain + [argument.arg for argument in (*given.kwonlyargs, given.vararg, given.kwarg) if argument is not None]


def test_many_parameters_have_a_reason() -> None:
    """A function with more parameters gives the reason in its docstring."""
    wrong = [
        f"{file}: {node.name}"
        for file, node in nodes_of(ast.FunctionDef, ast.AsyncFunctionDef)
        if len(parameters(node)) > MAX_PARAMETERS and "parameters" not in (ast.get_docstring(node) or "")
    ]
    assert not wrong, wrong


def test_pure_rooms_know_no_framework() -> None:
    wrong = [
        f"{short(path)} imports {name}"
        for path in CHAT_FILES
        if room_of(path) in PURE_ROOMS
        for name in imports_of(path)
        if name.split(".")[0]
        not in {
            *sys.stdlib_module_names,
            *PURE_PACKAGES,
            *EXTRAS.get(short(path), ()),
            "chat",
            "__future__",
        }
    ]
    assert not wrong, wrong


def test_the_app_knows_neither_its_site_nor_its_tests() -> None:
    wrong = [
        f"{short(path)} imports {name}"
        for path in CHAT_FILES
        for name in imports_of(path)
        if name.split(".")[0] in {"chatsite", "tests", "bench"}
    ]
    assert not wrong, wrong


def users_of(attribute: str) -> set[str]:
    """Files of the product in which this attribute or name is used."""
    return {
        short(path)
        for path in [*sources("chat", "chatsite"), ROOT / "manage.py"]
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr == attribute)
        or (isinstance(node, ast.Name) and node.id == attribute)
        or (isinstance(node, ast.alias) and node.name == attribute)
    }


def test_one_door_to_upstreams() -> None:
    doors = {
        "httpx": {"chat/upstreams/exchange.py"},
        "httpcore": {"chat/upstreams/network.py", "chat/upstreams/http1.py"},
        "h11": {"chat/upstreams/http1.py"},
    }
    for library, files in doors.items():
        users = {short(path) for path in CHAT_FILES if library in {name.split(".")[0] for name in imports_of(path)}}
        assert users == files, library
    others = {"requests", "urllib3", "aiohttp", "http.client", "urllib.request"}
    # The demo's server and its start-up probe are the other end of a connection, not a client of an upstream.
    assert not {short(path) for path in CHAT_FILES if room_of(path) != "demo" and others & set(imports_of(path))}


def test_one_door_to_the_channel_layer() -> None:
    assert users_of("group_send") <= {"chat/announce.py"}


def test_one_door_to_the_environment() -> None:
    assert users_of("getenv") == set()
    assert users_of("environ") <= {"chatsite/settings.py", "chatsite/values.py", "chatsite/__main__.py", "manage.py"}
    for starter in ("chatsite/__main__.py", "manage.py"):
        lines = [line.strip() for line in (ROOT / starter).read_text().splitlines() if "os.environ" in line]
        assert lines == ['os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")']
    # In this file `environ` is the library that parses database addresses.
    assert "os.environ" not in (ROOT / "chatsite/values.py").read_text()


HTML_STRINGS = re.compile(
    r"\.(innerHTML|outerHTML|srcdoc|cssText)\b|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    r"|setHTML|\beval\(|new Function\(|setAttribute\(\s*[\"'](style|on)"
)
INLINE = re.compile(r"\s(on[a-z]+|style)\s*=\s*[\"']|javascript:|autoescape off", re.IGNORECASE)


def offences(pattern: re.Pattern[str], folder: str, suffixes: tuple[str, ...]) -> list[str]:
    return [
        f"{short(path)}:{number}: {line.strip()}"
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes and "dist" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_test_patches_our_modules() -> None:
    """A test passes an argument instead. Parts of the interpreter, such as sys.stdin, may be replaced."""
    patches = re.compile(
        r"monkeypatch\.(?:setattr|delattr|setitem|delitem)\((?!sys\b|os\.environ)|\bmock\.patch|\bpatch\.object"
    )
    assert not offences(patches, "tests", (".py",))


def test_text_becomes_dom_without_html_strings() -> None:
    assert not offences(HTML_STRINGS, "static", (".js", ".mjs"))
    assert not offences(re.compile(r"\bmark_safe\("), "chat", (".py",))


def test_templates_hold_no_inline_script_or_style() -> None:
    assert not offences(INLINE, "templates", (".html",))
    # A form field's help is ours or Django's own, and the password rules are a list.
    assert {line.split(":")[0] for line in offences(re.compile(r"\|\s*safe\b"), "templates", (".html",))} <= {
        "templates/form/_field.html"
    }


def test_the_worker_never_names_the_document() -> None:
    assert not offences(re.compile(r"(?<![\w.\"'`/*-])(document|window)\.[a-zA-Z]"), "static/js/worker", (".js",))


def node(code: str) -> object:
    """What a script prints as JSON, run by Node with the page's modules."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is not on PATH; bin/test puts one there")
    done = subprocess.run(
        [program, "--input-type=module", "--eval", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_wire_twins_list_the_same_frames() -> None:
    twin = node(
        "import { COMMANDS, EVENTS, PROTOCOL } from './static/js/shared/wire.js';"
        "console.log(JSON.stringify({ commands: COMMANDS, events: EVENTS, protocol: PROTOCOL }));"
    )
    here = {**wire.fields(), "protocol": wire.PROTOCOL}

    def sorted_fields(frames: object) -> object:
        if isinstance(frames, dict):
            return {name: sorted_fields(fields) for name, fields in frames.items()}
        return sorted(frames) if isinstance(frames, (list, tuple)) else frames

    assert sorted_fields(twin) == sorted_fields(here)


def test_the_transcript_twins_fold_alike() -> None:
    cases = sorted((ROOT / "tests/transcripts").glob("*.json"))
    assert cases
    folded = node(
        "import { readFileSync } from 'node:fs'; import { emptyState, fold } from './static/js/shared/transcript.js';"
        f"const paths = {json.dumps([str(path) for path in cases])};"
        "console.log(JSON.stringify(paths.map((path) => {"
        "  return JSON.parse(readFileSync(path, 'utf8')).changes.reduce(fold, emptyState()); })));"
    )
    assert isinstance(folded, list)
    for path, twin in zip(cases, folded, strict=True):
        case = json.loads(path.read_text(encoding="utf-8"))
        here = transcript.empty_state()
        for patch in case["changes"]:
            here = transcript.fold(here, patch)
        assert twin == here == case["state"], path.name
