"""Which package of the library may import which, and what each really imports.

`docs/architecture.md` shows the table, `docs/draw_architecture.py` draws it, and
`tests/unit/test_architecture.py` holds the code to it.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "scripts" / "subtasks"

GROUND = "ground"
"""The modules beside the packages (`errors`, `files`, `wording`, …); every package may use them."""

ALLOWED: dict[str, tuple[str, ...]] = {
    "review": (
        "workflow",
        "checks",
        "evaluation",
        "motion",
        "drawing",
        "questions",
        "dataset",
        "segments",
    ),
    "estimate": (
        "workflow",
        "evaluation",
        "api",
        "cost",
        "store",
        "questions",
        "dataset",
        "frames",
        "segments",
    ),
    "publish": ("workflow", "outputs", "sources", "dataset"),
    "workflow": (
        "checks",
        "cost",
        "store",
        "questions",
        "outputs",
        "sources",
        "dataset",
        "frames",
        "segments",
    ),
    "api": ("cost", "store", "questions", "frames", "segments"),
    "checks": ("motion", "questions", "segments"),
    "truth": ("evaluation", "outputs", "sources", "dataset", "parquet", "segments"),
    "evaluation": ("drawing", "segments"),
    "cost": ("store", "questions"),
    "store": ("questions", "segments"),
    "outputs": ("dataset", "parquet", "segments"),
    "sources": ("dataset", "parquet"),
    "dataset": ("parquet",),
    "questions": ("frames", "segments"),
    "motion": ("dataset", "parquet", "segments"),
    "demo": ("segments",),
    "drawing": (),
    "wgo_bench": ("sources", "frames", "parquet", "segments"),
    "frames": ("parquet", "segments"),
    "parquet": (),
    "segments": (),
}
"""Packages, each with those it may import besides the ground."""


def packages() -> list[str]:
    """Return the names of the packages, without the ground."""
    return sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))


def package(module: str) -> str:
    """Return the package of a module of the library: `api` for `subtasks.api.live`."""
    _, *names = module.split(".")
    return names[0] if names and (LIBRARY / names[0]).is_dir() else GROUND


@cache
def modules() -> dict[str, Path]:
    """Return the files of the library's modules and packages by dotted names."""
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        names = path.relative_to(LIBRARY.parent).with_suffix("").parts
        found[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return found


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """Return what each module of the library imports, as dotted names.

    Imports inside functions and under `TYPE_CHECKING` are included. `from a import b` is `a.b` if
    that is a module of the library, otherwise `a`.
    """
    return {
        name: frozenset(_imported(ast.parse(path.read_text()))) for name, path in modules().items()
    }


def arrows() -> dict[str, set[str]]:
    """Return the packages that each package really imports, besides itself and the ground."""
    found: dict[str, set[str]] = {name: set() for name in packages()}
    for module, imported in imports().items():
        for other in imported & modules().keys():
            start, end = package(module), package(other)
            if end not in (start, GROUND):
                found.setdefault(start, set()).add(end)
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    name = f"{module}.{alias.name}"
                    yield name if name in modules() else module
