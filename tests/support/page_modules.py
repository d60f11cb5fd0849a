"""Runs the page's modules that need no browser, in Node.js if that is installed."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from support.workflow import PROJECT

PAGE = PROJECT / "scripts" / "subtasks" / "review" / "page"


def evaluate(imports: str, expression: str, **values: Any) -> Any:
    """Evaluate an expression of JavaScript: `evaluate("found from filters.js", "found(x)", x=[])`.

    The expression may use the imported names and the values, and its value is taken as JSON. A
    test that calls this is skipped where there is no Node.js.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js: `node` is not installed")
    names, module = imports.split(" from ")
    code = [
        f'import {{ {names} }} from "./{module}";',
        *(f"const {name} = {json.dumps(value)};" for name, value in values.items()),
        f"process.stdout.write(JSON.stringify({expression}));",
    ]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PAGE, folder, dirs_exist_ok=True)
        # Without it, Node.js takes files that end with .js for something else than modules.
        Path(folder, "package.json").write_text('{"type": "module"}')
        run = subprocess.run(
            [node, "--input-type=module"],
            cwd=folder,
            # A command line has not room for all values.
            input="\n".join(code),
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
