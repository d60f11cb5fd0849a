from pathlib import Path

from support import programs

LABELS = '[{"time": 3, "subtask": "grasp"}, {"time": 0, "subtask": "reach"}]'


def test_a_correction_is_written_as_labels_are(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "out" / "subtasks.json"
    correction.write_text(LABELS)
    log = programs.run("take_correction.py", f"--correction={correction}", f"--output={output}")
    assert f"2 subtasks, from {correction}" in log
    assert output.read_text() == (
        "[\n"
        '  {\n    "time": 0.0,\n    "subtask": "reach"\n  },\n'
        '  {\n    "time": 3.0,\n    "subtask": "grasp"\n  }\n'
        "]\n"
    )


def test_a_mistake_by_hand_is_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "subtasks.json"
    correction.write_text('[{"time": "soon", "subtask": "grasp"}]')
    sentence = programs.fails(
        "take_correction.py", f"--correction={correction}", f"--output={output}"
    )
    assert sentence.startswith(f'{correction}, entry 1: time "soon" is not a number of seconds')
    assert not output.exists()
