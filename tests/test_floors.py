"""The house: who may import whom, and that nothing heavy is imported before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "revoctl"
WINGS = ("headers", "middleware", "circuits", "secrets", "readiness", "render")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute names of all that a file imports, relative and in-function imports included."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def floor(module: str) -> tuple[int, str]:
    """3 cli, 2 demo, 1 a wing, 0 the ground; and which room."""
    parts = module.split(".")
    room = parts[1] if len(parts) > 1 else ""
    if room in ("cli", "__main__"):
        return 3, "cli"
    if room == "demo":
        return 2, "demo"
    return (1, room) if room in WINGS else (0, "ground")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_only_go_down(path: Path) -> None:
    """No file imports a floor above its own, and no wing another wing."""
    height, room = floor(name_of(path))
    for module in imports(path):
        if not module.startswith("revoctl") or module == "revoctl.__version__":
            continue
        other_height, other_room = floor(module)
        assert other_height < height or other_room == room, f"{name_of(path)} imports {module}"


PURE = ("headers/syntax", "headers/rules", "headers/observatory", "headers/emit", "policy")
IO = ("socket", "ssl", "asyncio", "subprocess", "os", "io", "urllib.request", "revoctl.files")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_pure_parts_do_no_io(path: Path) -> None:
    """Parsers, rules, grading and emitting import nothing that reads, writes or connects."""
    if not str(path.relative_to(PACKAGE)).startswith(PURE):
        return
    found = set(imports(path)) & set(IO)
    assert not found, f"{name_of(path)} imports {found}"


HEAVY = ("rich", "yaml", "jinja2", "asyncio", "cryptography", "httpx", "email", "http.client")


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (["--help"], ()),
        (["help", "exit-codes"], ()),
        (["headers", "--help"], ()),
        (["headers", "rules", "-o", "json"], ()),
        (["headers", "profiles", "list", "-o", "json"], ("yaml",)),
    ],
    ids=" ".join,
)
def test_a_command_imports_only_what_it_needs(command: list[str], allowed: tuple[str, ...]) -> None:
    """Start-up is kept short by importing heavy libraries where they are used."""
    code = (
        "import sys; from revoctl.cli.app import run; run(sys.argv[1:]); "
        "sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.rpartition("LOADED ")[2].split())
    assert not loaded & (set(HEAVY) - set(allowed))
