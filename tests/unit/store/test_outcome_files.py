"""Outcomes files: written whole, in order, and read as they were."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.windows import Window
from subtasks.segments.segment import Unusable
from subtasks.store import outcome_files

USAGE = {"input_tokens": 1000, "output_tokens": 100}
EXCHANGE = Exchange("k" * 64, "segment", None, True, "claude-a-1", False, USAGE, "2026-11-01")
ANSWER = Answer((Window(0, 5, 0.0, 1.5),), ('["抓住"]',), ("grasp",), 0.05)
OUTCOMES = [
    Outcome(17, None, "the video is damaged"),
    Outcome(3, ANSWER, None, (EXCHANGE, EXCHANGE), ("the video is 0.2 s short", "so it is")),
]


def test_outcomes_come_back_in_the_order_of_episodes(tmp_path: Path) -> None:
    path = tmp_path / "outcomes" / "000000-000031.jsonl"
    outcome_files.write(path, OUTCOMES)
    assert list(outcome_files.read(path)) == OUTCOMES[::-1]
    assert "抓住" in path.read_text(encoding="utf-8")
    assert outcome_files.find(path, 17) == OUTCOMES[0]
    with pytest.raises(Problem, match="has no outcome of episode 4: remove it and run again"):
        outcome_files.find(path, 4)


def test_a_file_written_before_there_were_remarks_is_read(tmp_path: Path) -> None:
    path = tmp_path / "000000-000031.jsonl"
    path.write_text(earlier_version(*OUTCOMES))
    assert list(outcome_files.read(path)) == [
        replace(
            outcome, remarks=(), answer=outcome.answer and replace(outcome.answer, rounding=None)
        )
        for outcome in OUTCOMES
    ]


def earlier_version(*outcomes: Outcome) -> str:
    """Write outcomes as earlier versions did."""
    lines = []
    for outcome in outcomes:
        value = asdict(outcome)
        del value["remarks"]
        if value["answer"]:
            del value["answer"]["rounding"]
        lines.append(json.dumps(value, ensure_ascii=False) + "\n")
    return "".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a lone \ud83d surrogate and \udc00",
        "\x00\x01\x1b[31m\x7f",
        "\u202eright to left\u202c\u200b\ufeff",
        "lines\r\nand\u2028others\x85\x0b\x0c",
        '\\ud83d as text, "quoted", "crc32": "00000000"}',
        "抓住 😀 \U0010ffff",
        "x" * 3_000_000,
        "[" * 300_000,
    ],
    ids=["surrogates", "controls", "invisible", "lines", "escapes", "wide", "long", "brackets"],
)
def test_whatever_a_model_says_comes_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "outcomes.jsonl"
    answer = Answer((Window(0, 5, 0.0, 1.5),), (text,), (text,), 0.05)
    outcomes = [Outcome(0, answer, None), Outcome(1, None, text, (), (text,))]
    outcome_files.write(path, outcomes)
    assert list(outcome_files.read(path)) == outcomes
    path.read_text(encoding="utf-8")


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=4))
def test_texts_come_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "outcomes.jsonl"
    windows = tuple(Window(n, n + 1, n, n + 0.5) for n in range(len(texts)))
    # Two halves of one character, side by side, become that character.
    whole = tuple(
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts
    )
    outcome_files.write(path, [Outcome(0, Answer(windows, tuple(texts)), None)])
    [outcome] = outcome_files.read(path)
    assert outcome.answer is not None
    for before, after in zip(whole, outcome.answer.texts, strict=True):
        assert after.encode("utf-16", "surrogatepass").decode("utf-16", "replace") == before


# damage ---------------------------------------------------------------------------------------


def read_or_refuse(path: Path) -> list[Outcome] | None:
    """Return the outcomes, or None if the file is refused with the one sentence there is."""
    try:
        return list(outcome_files.read(path))
    except Problem as problem:
        sentence = str(problem)
    assert sentence == f"{path} is damaged: remove it and run again"
    return None


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    """Every single one, whether the line is still JSON or not."""
    path = tmp_path / "outcomes.jsonl"
    outcome_files.write(path, OUTCOMES)
    whole = path.read_bytes()
    outcomes = list(outcome_files.read(path))
    refused = 0
    for position in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        found = read_or_refuse(path)
        refused += found is None
        assert found in (None, outcomes), bytes(flipped)
    assert refused > 0.99 * len(whole) * 8


def test_a_flipped_bit_in_a_line_without_checksum_is_no_bug(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    whole = earlier_version(*OUTCOMES).encode()
    for position in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        for outcome in read_or_refuse(path) or ():
            with contextlib.suppress(Unusable):
                if outcome.answer:
                    episode_subtasks(outcome.answer, EpisodeLimits(10, 20))


def test_a_truncated_file_gives_the_lines_that_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    outcome_files.write(path, OUTCOMES)
    whole = path.read_bytes()
    outcomes = list(outcome_files.read(path))
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        found = read_or_refuse(path)
        assert found is None or found == outcomes[: len(found)]
    path.write_bytes(b"")
    with pytest.raises(Problem, match="has no outcome of episode 3: remove it and run again"):
        outcome_files.find(path, 3)


@pytest.mark.parametrize(
    "altered",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\n\n" + text.replace(b"\n", b"\n\n  \n"),
        lambda text: text.rstrip(b"\n"),
        lambda text: b"\xef\xbb\xbf\r\n" + text,
    ],
    ids=["byte-order mark", "CRLF", "blank lines", "no last line end", "mark and blank line"],
)
def test_what_an_editor_does_is_no_damage(
    tmp_path: Path, altered: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "outcomes.jsonl"
    outcome_files.write(path, OUTCOMES)
    outcomes = list(outcome_files.read(path))
    path.write_bytes(altered(path.read_bytes()))
    assert list(outcome_files.read(path)) == outcomes


LINE = earlier_version(OUTCOMES[1]).strip()


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "5", "null", '"a"', "{}", '{"episode": 0}', "[" * 200_000, "{" * 200_000),
        '{"answer": {}, "x": 1}',
        *(LINE[:-1] + f", {more}}}" for more in ('"x": 1', '"crc32": "00000000"', '"remarks": 5')),
        *(LINE[:-1] + f', "remarks": {more}}}' for more in ('"text"', "[5]", "{}", "null")),
        *(LINE.replace('"episode": 3', f'"episode": {n}') for n in ('"3"', "true", "3.5", "null")),
        *(LINE.replace('"reason": null', f'"reason": {x}') for x in ("5", "[]", "{}", "true")),
        *(LINE.replace("0.0,", f"{x},") for x in ("NaN", "Infinity", '"0"', "-1", "[]", "1e99")),
        LINE.replace("0.0,", "9" * 5000 + ","),
        LINE.replace('"first": 0', '"first": 0.5'),
        LINE.replace('"first": 0', '"first": 0, "more": 1'),
        LINE.replace('"labels": ["grasp"]', '"labels": "grasp"'),
        LINE.replace('"labels": ["grasp"]', '"labels": [5]'),
        LINE.replace('"labels": ["grasp"]', '"labels": {"a": "b"}'),
        *(LINE.replace('"texts": [', f'"texts": [{x}') for x in ("5, ", '"more", ', "[], ")),
        LINE.replace('"windows": [', '"windows": [{}, '),
        LINE.replace('"windows": [', '"windows": ["abcd", '),
        '{"episode": 3, "answer": [], "reason": null, "exchanges": []}',
        '{"episode": 3, "answer": "text", "reason": null, "exchanges": []}',
        '{"episode": 3, "answer": null, "reason": "it", "exchanges": {}}',
        '{"episode": 3, "answer": null, "reason": "it", "exchanges": ["k"]}',
        '{"episode": 3, "answer": {"windows": [], "texts": [], "labels": null}, "reason": null, '
        '"exchanges": []}',
        *(LINE.replace('"output_tokens": 100', f'"output_tokens": {n}') for n in ('"1"', "null")),
        LINE.replace('"stored": true', '"stored": 1'),
        LINE.replace('"batch": false', '"batch": "no"'),
        LINE.replace('"effort": null', '"effort": 5'),
        LINE.replace('"model": "claude-a-1"', '"model": null'),
        LINE + LINE,
        LINE + "\n" + LINE,
        "\ufeff" + LINE,
        "\x00" * 100,
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "outcomes.jsonl"
    outcome_files.write(path, [OUTCOMES[0]])
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert read_or_refuse(path) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp1252"])
def test_another_encoding_is_damage(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "outcomes.jsonl"
    path.write_text(earlier_version(Outcome(3, None, "Gr\u00fc\u00dfe")), encoding=encoding)
    assert read_or_refuse(path) is None
