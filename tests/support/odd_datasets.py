"""Small datasets with faults met in the wild, written by the scripts beside the project.

The scripts are not part of the project. They are looked for in `../shared/cases`, or where
SUBTASKS_CASES points.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.workflow import PROJECT

FOLDER = Path(os.environ.get("SUBTASKS_CASES", PROJECT.parent / "shared" / "cases"))


def write_case(number: int, root: Path) -> Path:
    """Write the dataset of a script, such as c01, to `root`."""
    [script] = FOLDER.glob(f"c{number:02d}_*.py")
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(script), str(root)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return root


def writers() -> Any:
    """Return the module of the scripts' writers: `v21` and `v30` for whole datasets."""
    spec = importlib.util.spec_from_file_location("odd_dataset_writers", FOLDER / "base.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    was, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = was
    return module
