"""What was done is in the log, and in the file that the rule prints."""

from pathlib import Path

import pytest

from subtasks.publish import report


def test_the_sentence_is_logged_and_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "subtasks")
    report.write("published 100% of 3 files", tmp_path / "reports" / "report.txt")
    assert caplog.messages == ["published 100% of 3 files"]
    assert (tmp_path / "reports/report.txt").read_text() == "published 100% of 3 files\n"
