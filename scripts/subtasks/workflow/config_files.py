"""Files that hold settings, read before Snakemake reads them.

Snakemake says of a broken file neither its name nor the line, lets the last of two equal keys win,
and ends in a traceback where a file is missing. Everything here is a sentence that names the file.
"""

import json
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from subtasks import project
from subtasks.errors import Problem
from subtasks.wording import one_line, shorten_json

Node = Any
"""A node of YAML's tree; its package ships no complete types."""

MAX_BYTES = 20_000_000
"""Size of a file with settings: a list of a million episodes has less."""

MAX_VALUES = 5_000_000
"""Values of a file after its aliases are followed: a few lines can stand for billions."""

DEEPEST = 100
"""Levels of nesting; the config has five."""

MERGE_TAG = "tag:yaml.org,2002:merge"
"""Of the key `<<`, which brings in another mapping and may stand in one several times."""


def check_command_line(files: Sequence[Path], entries: Sequence[str]) -> None:
    """End Snakemake with a sentence about its options `--configfile` and `--config`.

    Called while the default profile is read, which is before Snakemake looks at either.
    """
    try:
        for entry in entries:
            _check_entry(entry)
        for number, path in enumerate(files):
            # Everything behind --configfile is a file, also what was meant as a target.
            if number and not path.exists():
                raise Problem(
                    f"config: there is no file {_named(path)}: correct its path, or put targets "
                    "before --configfile"
                )
            _check(path)
    except Problem as problem:
        raise SystemExit(str(problem)) from None


def _check_entry(entry: str) -> None:
    name, equals, value = entry.partition("=")
    if not equals:
        raise Problem(
            f"config: {shorten_json(entry)} on the command line is not key=value: correct it, or "
            "put targets before --config"
        )
    if not name.isidentifier():
        raise Problem(
            f"config: {shorten_json(name)} on the command line is not a key: write a key inside a "
            "section as --config 'status={list: true}'"
        )
    if value.strip() == "{}":
        _check_empty({name: {}}, "the command line")


def check(paths: Iterable[Path]) -> None:
    """Raise `Problem` for the first of these files that is no mapping of keys to values."""
    for path in paths:
        _check(path)


def _check(path: Path) -> None:
    text = _text(path)
    if text is None:
        return
    if text.strip() == "":
        raise Problem(
            f"config: {_named(path)} is empty: write datasets: into it, or leave the file out"
        )
    try:
        # As Snakemake does: JSON first, since not all of it is YAML.
        content = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path))
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError:
        content = _yaml(text, path)
    if content is None:
        raise Problem(f"config: {_named(path)} holds nothing: write datasets: into it")
    if not isinstance(content, dict):
        # A file may hold a key by mistake, so what it holds is not shown.
        kind = "a list" if isinstance(content, list) else "a single value"
        raise Problem(
            f"config: {_named(path)} holds {kind}; it must hold keys with values, such as datasets:"
        )
    _check_empty(content, _named(path))


def _check_empty(content: Mapping[str, Any], place: str) -> None:
    """Refuse `{}` where a key has no section: Snakemake would keep the default in silence."""
    default = project.FOLDER / "config/config.yaml"
    defaults = _yaml(default.read_text(encoding="utf-8"), default)
    if key := next(_set_to_nothing(content, defaults), None):
        raise Problem(
            f"config: {place} has {{}} as {key}, which sets nothing: write a value, or leave the "
            "key out"
        )


def _set_to_nothing(content: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if not isinstance(value, dict) or key not in defaults:
            continue
        default = defaults[key]
        if isinstance(default, dict):
            yield from (f"{key}.{inner}" for inner in _set_to_nothing(value, default))
        elif not value:
            yield str(key)


def _text(path: Path) -> str | None:
    """Read a file's text, refused where it is none; None for a pipe, which is read only once."""
    try:
        status = path.stat()
        if status.st_size > MAX_BYTES:
            raise Problem(
                f"config: {_named(path)} is larger than {MAX_BYTES // 1_000_000} MB: name a file "
                "with settings"
            )
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            return None
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Problem(f"config: there is no file {_named(path)}: correct its path") from None
    except IsADirectoryError:
        raise Problem(f"config: {_named(path)} is a folder: name a file with settings") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Problem(
            f"config: {_named(path)}, line {line} is not UTF-8: save the file as UTF-8"
        ) from None
    except OSError as error:
        raise Problem(f"config: {_named(path)} cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise Problem(f"config: {_named(path)} cannot be the path of a file") from None


def _named(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() else shorten_json(text)


def _unique(pairs: list[tuple[str, Any]], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Problem(
                f"config: {_named(path)} has the key {shorten_json(key)} twice in one place: "
                "remove one"
            )
        found[key] = value
    return found


def _yaml(text: str, path: Path) -> Any:
    """Read YAML; raises `Problem` that says the line and not what stands there."""
    # Only here: programs get their settings as JSON.
    import yaml

    loader_type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = loader_type(text)
        root = loader.get_single_node()
        if root is None:
            return None
        _check_nodes(root, path)
        for node in _scalars(root, set()):
            if node.tag == MERGE_TAG:
                continue
            try:
                loader.construct_object(node)
            except (ValueError, OverflowError, AttributeError, KeyError):
                raise Problem(
                    f"config: {_named(path)}, line {_line(node)} has a date or number that does "
                    "not exist: correct it, or put it in quotes"
                ) from None
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        reason = ", ".join(filter(None, [error.context, error.problem]))
        raise Problem(
            f"config: {_named(path)}{where} is not YAML ({one_line(reason)}): correct it"
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Problem(
            f"config: {_named(path)}, line {line} has a character that YAML does not allow: "
            "remove it"
        ) from None
    except RecursionError:
        raise _too_deep(path) from None


def _too_deep(path: Path) -> Problem:
    return Problem(f"config: {_named(path)} is nested more than {DEEPEST} levels deep: correct it")


def _check_nodes(root: Node, path: Path) -> None:
    """Refuse keys that stand twice in one place, and aliases that stand for too much."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Node, depth: int) -> int:
        if id(node) in open_nodes:
            raise Problem(
                f"config: {_named(path)}, line {_line(node)} has an alias of itself inside: "
                "remove it"
            )
        if depth > DEEPEST:
            raise _too_deep(path)
        if id(node) not in sizes:
            open_nodes.add(id(node))
            inner = _unique_nodes(node, path)
            sizes[id(node)] = 1 + sum(size(each, depth + 1) for each in inner)
            open_nodes.remove(id(node))
        return sizes[id(node)]

    if size(root, 0) > MAX_VALUES:
        raise Problem(
            f"config: {_named(path)} has aliases that stand for more than {MAX_VALUES:,} values: "
            "write out what is meant"
        )


def _unique_nodes(node: Node, path: Path) -> list[Node]:
    """Return a node's children; raises `Problem` for a mapping with one key twice."""
    if node.id == "sequence":
        return list(node.value)
    if node.id != "mapping":
        return []
    lines: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if key.id != "scalar" or key.tag == MERGE_TAG:
            continue
        name = (key.tag, key.value)
        if name in lines:
            raise Problem(
                f"config: {_named(path)} has the key {shorten_json(key.value)} twice, on lines "
                f"{lines[name]} and {_line(key)}: remove one"
            )
        lines[name] = _line(key)
    return [each for pair in node.value for each in pair]


def _scalars(node: Node, seen: set[int]) -> Iterator[Node]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if node.id == "scalar":
        yield node
        return
    for each in node.value:
        for inner in each if isinstance(each, tuple) else (each,):
            yield from _scalars(inner, seen)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
