"""The library keeps its shape: who imports whom, and where things have their place."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from support import architecture
from support.architecture import ALLOWED, GROUND, imports, modules, package

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = PROJECT / "scripts"
TESTS = PROJECT / "tests"

# What `questions` must not reach: the network, files, other processes, and what is stored.
IMPURE_MODULES = {
    *("socket", "ssl", "http", "urllib", "asyncio", "selectors", "httpx", "httpx2", "requests"),
    *("anthropic", "huggingface_hub", "boto3", "botocore"),
    *("pathlib", "os", "io", "shutil", "tempfile", "glob", "fcntl", "mmap", "zipfile"),
    *("subprocess", "multiprocessing", "threading", "concurrent", "signal"),
    *("pyarrow", "av", "subtasks.files", "subtasks.store", "subtasks.api", "subtasks.job_messages"),
}
# No module of the library starts a program: that is for the rules.
STARTING_MODULES = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process"}
STARTING_CALL = re.compile(r"os\.(system|popen|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?)")
SETTINGS = re.compile(r"(\w+_)?(config|settings|options)")
DICTIONARY = re.compile(r"(dict|Mapping|MutableMapping)\b")


def test_the_table_of_arrows_has_a_line_for_each_package() -> None:
    assert sorted(ALLOWED) == architecture.packages()


def test_packages_import_only_what_the_table_allows() -> None:
    wrong = [
        f"{module} imports {other}: {package(module)} may not import {package(other)}"
        for module, imported in sorted(imports().items())
        for other in sorted(imported & modules().keys())
        if package(other) not in (GROUND, package(module), *ALLOWED.get(package(module), ()))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_allows_nothing_that_no_package_needs() -> None:
    needed = architecture.arrows()
    assert {name: set(others) - needed[name] for name, others in ALLOWED.items()} == {
        name: set() for name in ALLOWED
    }


def test_the_table_of_arrows_has_no_circle() -> None:
    circle = _circle(ALLOWED)
    assert circle is None


def test_packages_import_one_another_in_no_circle() -> None:
    circle = _circle(architecture.arrows())
    assert circle is None


def test_modules_import_one_another_in_no_circle() -> None:
    library = modules().keys()
    circle = _circle({name: imported & library for name, imported in imports().items()})
    assert circle is None


def test_the_documentation_shows_the_table_of_arrows() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)
    shown = {name: set(re.findall(r"`(\w+)`", cell)) - {GROUND} for name, cell in rows}
    assert {name: shown.get(name) for name in ALLOWED} == {
        name: set(others) for name, others in ALLOWED.items()
    }


def test_questions_reach_no_network_store_file_or_process() -> None:
    reached = {name for name in modules() if package(name) == "questions"}
    unseen = set(reached)
    wrong = []
    while unseen:
        module = unseen.pop()
        for imported in imports().get(module, ()):
            if _is_of(imported, IMPURE_MODULES):
                wrong.append(f"{module} imports {imported}")
            elif imported in modules() and imported not in reached:
                reached.add(imported)
                unseen.add(imported)
    assert not wrong, "\n".join(sorted(wrong))


def test_no_module_of_the_library_starts_a_program() -> None:
    wrong = []
    for module, path in modules().items():
        wrong += [f"{module} imports {x}" for x in imports()[module] if _is_of(x, STARTING_MODULES)]
        nodes = ast.walk(ast.parse(path.read_text()))
        used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
        wrong += [f"{module} uses {name}" for name in used if STARTING_CALL.fullmatch(name)]
    assert not wrong, "\n".join(wrong)


def test_a_package_has_a_docstring_and_nothing_else_in_its_init() -> None:
    files = sorted(architecture.LIBRARY.rglob("__init__.py"))
    trees = {path: ast.parse(path.read_text()) for path in files}
    wrong = [
        str(path.relative_to(SCRIPTS))
        for path, tree in trees.items()
        if len(tree.body) != 1 or not ast.get_docstring(tree)
    ]
    assert not wrong


def test_every_module_and_every_program_has_a_test_file_of_its_name() -> None:
    tests = []
    for module, path in modules().items():
        if path.stem != "__init__":
            _, *folders, name = module.split(".")
            tests.append(TESTS.joinpath("unit", *folders, f"test_{name}.py"))
    tests += [TESTS / "programs" / f"test_{path.stem}.py" for path in SCRIPTS.glob("*.py")]
    absent = sorted(str(path.relative_to(PROJECT)) for path in tests if not path.is_file())
    assert not absent, "\n".join(absent)


def test_no_function_takes_settings_as_a_namespace_or_a_dictionary() -> None:
    trees = {module: ast.parse(path.read_text()) for module, path in modules().items()}
    aliases = {name for tree in trees.values() for name in _dictionary_aliases(tree)}
    wrong = [
        f"{module}:{line} {name}: {annotation}"
        for module, tree in trees.items()
        for line, name, annotation in _untyped_settings(tree, aliases)
    ]
    assert not wrong, "\n".join(wrong)


def test_untyped_settings_are_found() -> None:
    code = """
Config = dict[str, Any]
def f(config: dict[str, Any], *, raw: dict[str, int], options: Options): ...
def g(sample: Config, parsed: argparse.Namespace): ...
"""
    tree = ast.parse(code)
    found = _untyped_settings(tree, set(_dictionary_aliases(tree)))
    assert [name for _, name, _ in found] == ["config", "sample", "parsed"]


def _circle(arrows: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Find a circle in a graph; None where there is none."""
    try:
        list(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        return list(error.args[1])
    return None


def _is_of(name: str, packages: Iterable[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def _untyped_settings(tree: ast.AST, aliases: Iterable[str]) -> list[tuple[int, str, str]]:
    """Find parameters that are a namespace, or settings in a dictionary: line, name, annotation."""
    return [
        (node.lineno, node.arg, annotation)
        for node, annotation in _parameters(tree)
        if "Namespace" in annotation
        or annotation in aliases
        or (SETTINGS.fullmatch(node.arg) and DICTIONARY.match(annotation))
    ]


def _parameters(tree: ast.AST) -> Iterator[tuple[ast.arg, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node, ast.unparse(node.annotation).strip("'\"")


def _dictionary_aliases(tree: ast.Module) -> Iterator[str]:
    """Give a module's names for a dictionary of settings, such as `Config = dict[str, Any]`."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if SETTINGS.fullmatch(name.lower()) and DICTIONARY.match(ast.unparse(value)):
                    yield name
