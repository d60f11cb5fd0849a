"""The workflow finds its own folder, wherever it is run from."""

import re

from subtasks import project
from support.workflow import PROJECT


def test_the_folder_is_that_of_the_snakefile() -> None:
    assert project.FOLDER == PROJECT
    assert (project.FOLDER / "Snakefile").is_file()


def test_the_version_is_the_projects() -> None:
    assert re.fullmatch(r"lerobot-subtasks \d+\.\d+\.\d+", project.name_and_version())
