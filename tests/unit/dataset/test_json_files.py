"""Texts of the metadata, as strangers write them."""

from pathlib import Path

import pytest

from subtasks.dataset import json_files
from subtasks.errors import Problem
from subtasks.files import LFS_POINTER


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_bytes(json_files.BYTE_ORDER_MARK + "{é}".encode())
    assert json_files.read_text(path) == "{é}"


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_bytes("{é}".encode("utf-16"))
    with pytest.raises(ValueError, match="utf-8"):
        json_files.read_text(path)


def test_a_pointer_is_named_by_its_path_in_the_dataset(tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_bytes(LFS_POINTER)
    with pytest.raises(Problem, match=r"^meta/info.json is a Git LFS pointer"):
        json_files.read_text(path)
