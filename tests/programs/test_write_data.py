"""The program that writes a data file, on real recordings and on rendered files."""

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import write_data
from subtasks.errors import Problem
from subtasks.parquet import footer, thrift
from subtasks.segments.segment import Segment, settle
from support import data_file
from support.hub_machine import Machine
from support.outputs import write_subtasks
from support.programs import fails, run
from support.workflow import PROJECT

NAMES = ["response", "subtask_index", "language_persistent"]
VERSIONS = ["v2.1", "v3.0"]


@pytest.fixture(scope="module")
def results(real_data: Path, tmp_path_factory) -> dict[str, Path]:
    """The real datasets with all outputs, by the programs of the rules, in both versions."""
    made = {}
    for version in VERSIONS:
        source = real_data / f"g1_bottle_{version}"
        result = made[version] = tmp_path_factory.mktemp(version)
        labels = {}
        for path in sorted((real_data / "g1_bottle_gold").glob("*.json")):
            gold = [
                Segment(entry["time"], entry["subtask"]) for entry in json.loads(path.read_text())
            ]
            labels[int(path.stem[-6:])] = settle(gold, 30, 10_000)
        del labels[6]  # not selected
        labels[7] = []  # selected, without labels
        subtasks, numbers = (
            write_subtasks(result / "subtasks", labels),
            result / "meta/subtasks.parquet",
        )
        episodes = ("--subtasks", subtasks, "--episodes", "0-5,7")
        run("number_subtasks.py", *episodes, "--output", numbers)
        table = result / "meta/segments.parquet"
        run("write_segments.py", "--source", source, *episodes, "--output", table)
        for path in sorted(source.glob("data/*/*.parquet")):
            held = set(pq.read_table(path, columns=["episode_index"])["episode_index"].to_pylist())
            run(
                "write_data.py",
                "--source", path,
                "--subtasks", subtasks,
                "--episodes", ",".join(map(str, sorted(held & labels.keys()))),
                "--fps", 30,
                "--outputs", *NAMES, "segments",
                "--numbers", numbers,
                "--output", result / path.relative_to(source),
            )  # fmt: skip
    return made


def frames(result: Path, columns: list[str]) -> list[dict[str, Any]]:
    """Rows of a dataset in the order of its frames."""
    tables = [
        pq.read_table(path, columns=columns) for path in sorted(result.glob("data/*/*.parquet"))
    ]
    return [row for table in tables for row in table.to_pylist()]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_other_column_is_identical(results, real_data: Path, version: str) -> None:
    source = real_data / f"g1_bottle_{version}"
    paths = sorted(path.relative_to(source) for path in source.glob("data/*/*.parquet"))
    assert len(paths) == (8 if version == "v2.1" else 3)
    for path in paths:
        before, after = pq.ParquetFile(source / path), pq.ParquetFile(results[version] / path)
        names = before.schema_arrow.names
        assert after.schema_arrow.names == [*names, *NAMES]
        assert after.read(names).equals(before.read())
        for group in range(before.num_row_groups):
            was, now = before.metadata.row_group(group), after.metadata.row_group(group)
            assert now.num_rows == was.num_rows
            for column in range(was.num_columns):
                assert now.column(column).to_dict() == was.column(column).to_dict()
            assert {now.column(i).compression for i in range(now.num_columns)} == {"SNAPPY"}
        kept = {
            k: v
            for k, v in before.schema_arrow.metadata.items()
            if k not in (b"huggingface", b"pandas")
        }
        assert kept.items() <= after.schema_arrow.metadata.items()
        assert after.schema_arrow.metadata.keys() == before.schema_arrow.metadata.keys()


def test_both_versions_say_the_same_frame_by_frame(results) -> None:
    columns = ["episode_index", "frame_index", "timestamp", *NAMES]
    old, new = (frames(results[version], columns) for version in VERSIONS)
    assert len(old) == 2868
    assert old == new


@pytest.mark.parametrize("version", VERSIONS)
def test_opentaus_script_has_nothing_to_change(results, version: str) -> None:
    """Its steps on this dataset: read the JSON, spread it over the rows, write the column."""
    rows = frames(results[version], ["episode_index", "response"])
    for episode in range(8):
        responses = [row["response"] for row in rows if row["episode_index"] == episode]
        path = results[version] / "subtasks" / f"episode_{episode:06d}.json"
        entries = json.loads(path.read_text()) if path.is_file() else []
        entries.sort(key=lambda entry: entry["time"])
        expected = [""] * len(responses)
        for number, entry in enumerate(entries):
            start = round(entry["time"] * 30)
            stop = len(expected)
            if number + 1 < len(entries):
                stop = min(round(entries[number + 1]["time"] * 30), stop)
            for frame in range(start, stop):
                expected[frame] = entry["subtask"]
        assert responses == expected
        assert (set(responses) == {""}) == (episode in (6, 7))


@pytest.mark.parametrize("version", VERSIONS)
def test_outputs_agree_with_each_other(results, version: str) -> None:
    result = results[version]
    texts = pq.read_table(result / "meta/subtasks.parquet")["subtask"].to_pylist()
    assert texts == sorted(texts)
    table = pq.read_table(result / "meta/segments.parquet").to_pylist()
    labelled = {
        (row["episode_index"], frame): row["subtask"]
        for row in table
        for frame in range(row["start_frame"], row["end_frame"])
    }
    rows = frames(result, ["episode_index", "frame_index", "timestamp", *NAMES])
    clock = {(row["episode_index"], row["frame_index"]): row["timestamp"] for row in rows}
    for row in rows:
        episode, frame = row["episode_index"], row["frame_index"]
        assert row["response"] == labelled.get((episode, frame), "")
        assert texts[row["subtask_index"]] == row["response"]
        active = [r for r in row["language_persistent"] if r["timestamp"] <= row["timestamp"]]
        assert row["response"] == (active[-1]["content"] if active else "")
    for row in table:
        assert row["start_time"] == pytest.approx(clock[row["episode_index"], row["start_frame"]])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_datasets_library_reads_it(results, tmp_path: Path, version: str) -> None:
    paths = sorted(str(path) for path in results[version].glob("data/*/*.parquet"))
    read = datasets.load_dataset(
        "parquet", data_files=paths, split="train", cache_dir=str(tmp_path)
    )
    text = datasets.Value("string")
    assert read.features["response"] == text
    assert read.features["subtask_index"] == datasets.Value("int64")
    row = dict.fromkeys(("role", "content", "style", "camera"), text)
    row |= {"timestamp": datasets.Value("float32"), "tool_calls": [text]}
    expected = datasets.Features({"language_persistent": [row]})
    assert read.features["language_persistent"] == expected["language_persistent"]
    assert read["response"][:] == [
        row["response"] for row in frames(results[version], ["response"])
    ]
    # The features that LeRobot 0.6 casts this column to.
    row |= {"tool_calls": [datasets.Json()]}
    columns = {name: read.features[name] for name in read.features if name != "language_persistent"}
    wanted = datasets.Features(columns | {"language_persistent": [row]})
    cast = datasets.Dataset.from_parquet(paths, features=wanted, cache_dir=str(tmp_path / "cast"))
    assert (
        cast[0]["language_persistent"] == frames(results[version], NAMES)[0]["language_persistent"]
    )


# The command line


@pytest.fixture
def arguments(tmp_path: Path) -> list[Any]:
    """What write_data needs for a rendered file of the episodes 0 and 1."""
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 20 + [1] * 10), [20, 10])
    labels = {0: [Segment(0, "reach"), Segment(1, "grasp")], 1: [Segment(0, "lift")]}
    subtasks = write_subtasks(tmp_path / "subtasks", labels)
    output = tmp_path / "out" / "data" / "b.parquet"
    return ["--source", source, "--subtasks", subtasks, "--fps", 10, "--output", output]


def responses(arguments: list[Any]) -> list[str]:
    # Alone, because another column may be damaged.
    return pq.read_table(arguments[-1], columns=["response"])["response"].to_pylist()


def test_selected_episodes_get_their_labels_and_others_none(arguments) -> None:
    run("write_data.py", *arguments, "--episodes", "0-1", "--outputs", "response")
    assert responses(arguments) == ["reach"] * 10 + ["grasp"] * 10 + ["lift"] * 10
    run("write_data.py", *arguments, "--episodes", "1", "--outputs", "response")
    assert responses(arguments) == [""] * 20 + ["lift"] * 10
    run("write_data.py", *arguments, "--episodes", "", "--outputs", "response")
    assert responses(arguments) == [""] * 30


def test_the_same_input_gives_the_same_bytes(arguments) -> None:
    written = []
    for _ in range(2):
        run(
            "write_data.py",
            *arguments,
            "--episodes",
            "0-1",
            "--outputs",
            "response",
            "language_persistent",
        )
        written.append(arguments[-1].read_bytes())
    assert written[0] == written[1]


def test_only_a_table_leaves_the_data_as_it_is(arguments) -> None:
    run("write_data.py", *arguments, "--episodes", "0-1", "--outputs", "segments")
    read = data_file.exactly(pq.read_table(arguments[-1]))
    assert read == data_file.exactly(pq.read_table(arguments[1]))


def test_a_label_corrected_by_hand_is_written(arguments) -> None:
    path = arguments[3] / "episode_000001.json"
    path.write_text('[{"time": 0.5, "subtask": "greife - 抓住"}]', encoding="utf-8")
    run("write_data.py", *arguments, "--episodes", "0-1", "--outputs", "response")
    assert responses(arguments)[20:] == [""] * 5 + ["greife - 抓住"] * 5


def test_what_is_wrong_is_one_sentence_and_writes_nothing(arguments, tmp_path: Path) -> None:
    def said(episodes: str, *outputs: object) -> str:
        sentence = fails("write_data.py", *arguments, "--episodes", episodes, "--outputs", *outputs)
        assert not arguments[-1].exists()
        assert not list(tmp_path.rglob("*.tmp"))
        return sentence

    assert "episode_000005.json: No such file" in said("0-1,5", "response")
    assert "--numbers" in said("0-1", "subtask_index")
    (arguments[3] / "episode_000001.json").write_text('[{"time": "now", "subtask": "x"}]')
    path = arguments[3] / "episode_000001.json"
    assert said("0-1", "response").startswith(f'{path}, entry 1: time "now" is not a number')
    source = arguments[1]
    whole = source.read_bytes()
    source.write_bytes(whole[:1000])
    assert "a.parquet cannot be read as Parquet" in said("0", "response")
    source.write_bytes(whole[:4] + b"\xff" * (len(whole) - 8000) + whole[-7996:])
    assert "a.parquet cannot be read as Parquet" in said("0", "response")
    table = data_file.rows([0] * 3)
    pq.write_table(table.drop_columns(["frame_index"]), source)
    assert "a.parquet: it has no column frame_index, which" in said("0", "response")
    pq.write_table(table.append_column("response", pa.array(["a"] * 3)), source)
    assert "a.parquet: the column response already has subtasks" in said("0", "response")
    pq.write_table(table.append_column("response", pa.array(["a"] * 3)), source)
    run("write_data.py", *arguments, "--episodes", "0", "--outputs", "response", "--overwrite")
    assert responses(arguments) == ["reach"] * 3


LONG = {0: [Segment(i / 10, f"{i} ".ljust(200, "x")) for i in range(100)]}

LAYOUTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "second pages": {"data_page_version": "2.0"},
    "indexes": {"write_page_index": True},
    "checksums": {"write_page_checksum": True},
}


THOROUGH = {"second pages": [pytest.mark.thorough]}


@pytest.mark.parametrize("layout", [pytest.param(k, marks=THOROUGH.get(k, [])) for k in LAYOUTS])
def test_a_flipped_bit_is_a_sentence_or_does_no_harm(
    arguments, monkeypatch, tmp_path: Path, layout: str
) -> None:
    """Anywhere in a file: what is written has the right labels and the others' bytes."""
    monkeypatch.setattr("sys.argv", ["write_data.py", *map(str, arguments), "--episodes", "0-1"])
    monkeypatch.setattr("sys.argv", [*sys.argv, "--outputs", "response", "language_persistent"])
    source, output = arguments[1], arguments[-1]
    data_file.write(source, data_file.rows([0] * 20 + [1] * 10), [20, 10], **LAYOUTS[layout])
    whole, start = source.read_bytes(), data_file.footer_start(source)
    random = Random(layout)
    refused = 0
    for number in range(120):
        damaged = bytearray(whole)
        first, stop = (start, len(whole)) if number % 2 else (4, start)
        damaged[random.randrange(first, stop)] ^= 1 << random.randrange(8)
        source.write_bytes(damaged)
        try:
            write_data.main()
        except Problem as problem:
            sentence = str(problem)
            assert sentence.startswith(str(source))
            assert "\n" not in sentence
            assert not output.exists()
            refused += 1
            continue
        assert responses(arguments) == ["reach"] * 10 + ["grasp"] * 10 + ["lift"] * 10
        assert output.read_bytes()[:start] == bytes(damaged[:start])
        output.unlink()
    assert 0 < refused < 120


def test_metadata_that_ends_arrows_process_is_a_sentence(arguments) -> None:
    """Asked about a column whose sizes are damaged, Arrow would not raise but abort."""
    source = arguments[1]
    pq.write_table(data_file.rows([0] * 9).select(["episode_index", "frame_index"]), source)
    with source.open("rb") as file:
        old = footer.read(file)
    statistics = {3: thrift.write_list(thrift.I64, [b"\0"] * 9)}
    damaged = data_file.with_column_metadata(
        old, {16: thrift.Field(thrift.STRUCT, thrift.write_struct(statistics))}
    )
    with source.open("r+b") as file:
        file.truncate(old.position)
        footer.write(file, damaged)
    said = fails("write_data.py", *arguments, "--episodes", "0", "--outputs", "response")
    assert "a.parquet cannot be read as Parquet: Definition level histogram size mismatch" in said


def test_a_full_disk_is_named(machine: Machine, tmp_path: Path) -> None:
    source, disk = tmp_path / "source", tmp_path / "disk"
    pq.write_table(data_file.rows([0] * 100), write_subtasks(source, LONG) / "a.parquet")
    output = disk / "results/data/a.parquet"
    said = machine.fails_on_a_small_disk(
        source,
        disk,
        PROJECT / "scripts/write_data.py",
        f"--source={disk / 'a.parquet'}",
        f"--subtasks={disk}",
        "--episodes=0",
        "--fps=10",
        *("--outputs", "response", "language_persistent"),
        f"--output={output}",
    )
    assert said == f"the disk of {output} is full: free some space and run again"


def test_languages_that_share_one_long_text_are_refused(arguments, tmp_path: Path) -> None:
    """A text is in the file once, and in the memory as often as there are rows."""
    row = {"role": "user", "content": "x" * 1_000_000, "style": "plan", "timestamp": 0.0}
    row |= {"camera": None, "tool_calls": None}
    language = pa.array([[row]]).take(pa.array([0] * 600))
    columns = {"episode_index": [0] * 600, "frame_index": range(600), "timestamp": range(600)}
    pq.write_table(pa.table(columns | {"language_persistent": language}), arguments[1])
    assert arguments[1].stat().st_size < 150_000
    said = fails("write_data.py", *arguments, "--episodes", "0", "--outputs", "language_persistent")
    assert "a.parquet: its column language_persistent unpacks to 12" in said
    assert not arguments[-1].exists()


def test_lengths_go_with_their_episodes(arguments, tmp_path: Path) -> None:
    options = ["--episodes", "0-1", "--outputs", "response"]
    lengths = tmp_path / "lengths.json"
    lengths.write_text("[15, 4]")
    for value in ("15,4", lengths):
        run("write_data.py", *options, "--lengths", value, *arguments)
        assert responses(arguments) == [
            *["reach"] * 10,
            *["grasp"] * 5,
            *[""] * 5,
            *["lift"] * 4,
            *[""] * 6,
        ]
    sentence = fails("write_data.py", *options, "--lengths", "15", *arguments)
    assert "--lengths has 1 number for 2 episodes: give one number for each" in sentence


def test_a_file_can_be_one_episode_whatever_its_rows_say(arguments) -> None:
    """As in v2.x, where files are renamed after a merge and their rows stay as they were."""
    options = ["--whole-file", "--outputs", "response", "language_persistent"]
    pq.write_table(data_file.rows([6] * 20), arguments[1])
    run("write_data.py", *arguments, "--episodes", "0", *options)
    assert responses(arguments) == ["reach"] * 10 + ["grasp"] * 10
    # Rows that give themselves different numbers, or none, are the episode's all the same.
    table = data_file.rows([6] * 10)
    for values in (list(range(10)), [None] * 10, ["x"] * 10):
        column = table.schema.get_field_index("episode_index")
        pq.write_table(table.set_column(column, "episode_index", pa.array(values)), arguments[1])
        run("write_data.py", *arguments, "--episodes", "0", *options)
        assert responses(arguments) == ["reach"] * 10
    pq.write_table(table.drop_columns(["episode_index"]), arguments[1])
    run("write_data.py", *arguments, "--episodes", "1", *options)
    assert responses(arguments) == ["lift"] * 10
    run("write_data.py", *arguments, "--episodes", "", *options)
    assert responses(arguments) == [""] * 10
    said = fails("write_data.py", *arguments, "--episodes", "0-1", *options)
    assert "--whole-file needs a file of one episode" in said


def test_labels_of_rows_of_another_episode_are_not_dropped(arguments) -> None:
    pq.write_table(data_file.rows([6] * 20), arguments[1])
    said = fails("write_data.py", *arguments, "--episodes", "0", "--outputs", "response")
    assert said.endswith("a.parquet: it has no rows of episode 0, which has subtasks: exclude it")
    assert not arguments[-1].exists()


def test_selected_episodes_need_their_subtasks_files(arguments) -> None:
    options = ["--episodes", "0-1", "--outputs", "response"]
    without = [*arguments[:2], *arguments[4:]]
    assert "--episodes needs --subtasks" in fails("write_data.py", *options, *without)


def test_a_program_does_without_what_it_does_not_use(arguments, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    printed = run("write_data.py", *arguments, "--episodes", "0-1", "--outputs", "response")
    imported = {line.rpartition("|")[2].strip() for line in printed.splitlines()}
    assert "pyarrow.parquet" in imported
    assert not imported & {"pandas._libs", "scipy", "av", "anthropic", "huggingface_hub"}
