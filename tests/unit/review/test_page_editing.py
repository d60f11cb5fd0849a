"""Labels of an episode on the page: every operation, and what always holds after any of them."""

from subtasks.segments.segment import clean_label
from support.page_modules import evaluate

EDITING = (
    "History, borderAt, cleanLabel, completions, equal, fromSubtasks, mergeAfter, mergeBefore, "
    "moveBorder, nextBorder, rename, segmentAt, split, toSubtasks, toggleMistake from editing.js"
)

LENGTH = 300
FPS = 30

SEGMENTS = [
    {"start": 0, "label": "reach", "mistake": False},
    {"start": 40, "label": "grasp", "mistake": False},
    {"start": 41, "label": "lift", "mistake": True},
]


# Single operations


def test_a_border_moves_as_far_as_its_neighbours_allow() -> None:
    moves = {
        (1, 20): [0, 20, 41],
        (1, 0): [0, 1, 41],
        (1, 41): [0, 40, 41],
        (2, 1000): [0, 40, 299],
        (2, 5): [0, 40, 41],
        # The start of an episode stays, and there is no border beyond the last.
        (0, 7): [0, 40, 41],
        (3, 7): [0, 40, 41],
        (-1, 7): [0, 40, 41],
    }
    found = evaluate(
        EDITING,
        "moves.map(([border, frame]) =>"
        " moveBorder(segments, border, frame, length).map(each => each.start))",
        segments=SEGMENTS,
        length=LENGTH,
        moves=list(moves),
    )
    assert found == list(moves.values())


def test_a_split_gives_both_halves_the_name_and_the_mistake() -> None:
    found = evaluate(EDITING, "split(segments, 100, length)", segments=SEGMENTS, length=LENGTH)
    assert found[2:] == [SEGMENTS[2], {**SEGMENTS[2], "start": 100}]


def test_no_two_subtasks_begin_on_one_frame() -> None:
    found = evaluate(
        EDITING,
        "[0, 40, length, -1].map(frame => split(segments, frame, length))",
        segments=SEGMENTS,
        length=LENGTH,
    )
    assert found == [SEGMENTS] * 4


def test_of_two_that_are_merged_the_earlier_name_stays() -> None:
    before, after = evaluate(
        EDITING,
        "[mergeBefore, mergeAfter].map(merge => [0, 1, 2].map(index =>"
        " merge(segments, index).map(each => each.label)))",
        segments=SEGMENTS,
    )
    assert before == [["reach", "lift"], ["reach", "lift"], ["reach", "grasp"]]
    assert after == [["reach", "lift"], ["reach", "grasp"], ["reach", "grasp"]]


def test_one_subtask_cannot_be_merged_and_none_cannot_be_changed() -> None:
    one = evaluate(EDITING, "mergeBefore([segments[0]], 0)", segments=SEGMENTS)
    none = evaluate(
        EDITING,
        "[mergeBefore([], -1), mergeAfter([], -1), split([], 5, 9), moveBorder([], -1, 3, 9), "
        "toggleMistake([], -1)]",
    )
    assert one == [SEGMENTS[0]]
    assert none == [[], [], [], [], []]


def test_an_episode_without_labels_is_labelled_by_its_first_name() -> None:
    named = evaluate(EDITING, "rename([], -1, '  reach \\n the cup')")
    assert named == [{"start": 0, "label": "reach the cup", "mistake": False}]


def test_an_empty_name_changes_nothing() -> None:
    named = evaluate(EDITING, "rename(segments, 1, ' \\u200b ')", segments=SEGMENTS)
    assert named == SEGMENTS


def test_a_mistake_is_marked_and_taken_back() -> None:
    found = evaluate(
        EDITING,
        "[toggleMistake(segments, 1)[1].mistake, toggleMistake(segments, 2)[2].mistake]",
        segments=SEGMENTS,
    )
    assert found == [True, False]


# Where things are


def test_the_selected_border_is_the_one_at_or_before_the_playhead() -> None:
    found = evaluate(
        EDITING,
        "[0, 39, 40, 41, 299].map(at => [segmentAt(segments, at), borderAt(segments, at)])",
        segments=SEGMENTS,
    )
    assert found == [[0, -1], [0, -1], [1, 1], [2, 2], [2, 2]]


def test_brackets_go_from_border_to_border_and_stop_at_the_ends() -> None:
    found = evaluate(
        EDITING,
        "[-1, 1].map(way => [0, 20, 40, 41, 299].map(at => nextBorder(segments, at, way, length)))",
        segments=SEGMENTS,
        length=LENGTH,
    )
    assert found == [[0, 0, 0, 40, 41], [40, 40, 41, 299, 299]]


# Names


def test_names_are_cleaned_as_the_server_cleans_them() -> None:
    labels = [
        "lift",
        "  lift \t the\n\ncup ",
        "\x1b[31mred\x1b[0m",
        "\u202edlrow\u2066 olleh\u200b",
        "a\u2028b\u00a0c\u3000d\x85e\x1ff\ufeffg",
        "<script>alert(1)</script>",
        "x" * 10_000,
        "ab " * 100,
        "\U0001f916" * 300,
        "e\u0301te\u0301",
        "\ue000\U000f0000",
    ]
    found = evaluate(EDITING, "labels.map(cleanLabel)", labels=labels)
    assert found == [clean_label(label) for label in labels]


def test_completions_begin_with_what_is_typed_before_they_hold_it() -> None:
    labels = ["lift the cup", "up-end the cup", "Cup: wash it", "grasp the red cup"]
    assert evaluate(EDITING, "completions(labels, 'cup')", labels=labels) == [
        "Cup: wash it",
        "lift the cup",
        "up-end the cup",
        "grasp the red cup",
    ]
    assert evaluate(EDITING, "completions(labels, 'red gr')", labels=labels) == labels[3:]
    assert evaluate(EDITING, "completions(labels, ' ')", labels=labels) == labels


# The server's form


def test_times_survive_the_way_to_the_server_and_back() -> None:
    found = evaluate(
        EDITING,
        "[10, 14.985, 29.97, 30, 59.94].map(fps => {"
        "  const segments = Array.from({length: 2000}, (_, start) => "
        "    ({start, label: `s${start}`, mistake: start % 7 === 0}));"
        "  return equal(fromSubtasks(toSubtasks(segments, fps), fps, 2000), segments); })",
    )
    assert found == [True] * 5


def test_what_the_server_says_is_put_on_frames() -> None:
    subtasks = [
        {"time": 9.99, "subtask": "leave"},
        {"time": 0.4, "subtask": "reach", "mistake": True},
        {"time": 50.0, "subtask": "beyond"},
        {"time": 3.0, "subtask": "\u200b"},
    ]
    found = evaluate(EDITING, "fromSubtasks(subtasks, 30, 300)", subtasks=subtasks)
    assert found == [
        {"start": 0, "label": "reach", "mistake": True},
        {"start": 299, "label": "beyond", "mistake": False},
    ]


def test_only_mistakes_are_written_as_such() -> None:
    assert evaluate(EDITING, "toSubtasks(segments, 30)", segments=SEGMENTS) == [
        {"time": 0.0, "subtask": "reach"},
        {"time": 1.333333, "subtask": "grasp"},
        {"time": 1.366667, "subtask": "lift", "mistake": True},
    ]


# Undoing

RANDOM = """(() => {
  const wrong = [];
  for (let seed = 1; seed <= 300; seed++) {
    // A generator of our own: JavaScript's cannot be given a seed.
    let state = seed * 2654435761 % 4294967296;
    const random = (below) => {
      state = (state * 1664525 + 1013904223) % 4294967296;
      return Math.floor(state / 4294967296 * below);
    };
    const length = [1, 2, 3, 10, 300, 18000][random(6)];
    const names = ["reach", "grasp", "", "x".repeat(300), "<b>", "\\u202e", "lift "];
    let first = [];
    if (random(4)) first = rename([], -1, "reach");
    for (let i = random(250); i > 0; i--) first = split(first, random(length), length);
    const start = {segments: first, reviewed: random(2) === 1};
    const history = new History(start);
    const operations = [
      (now) => moveBorder(now, random(now.length + 2) - 1, random(length * 2) - length, length),
      (now) => split(now, random(length + 2) - 1, length),
      (now) => mergeBefore(now, random(now.length + 2) - 1),
      (now) => mergeAfter(now, random(now.length + 2) - 1),
      (now) => rename(now, random(now.length + 1) - 1, names[random(names.length)]),
      (now) => toggleMistake(now, random(now.length + 2) - 1),
    ];
    for (let step = 0; step < 60; step++) {
      const which = random(10);
      if (which === 6) history.undo();
      else if (which === 7) history.redo();
      else if (which === 8) history.accept();
      else if (which === 9) history.draft(operations[0](history.segments));
      else history.change(operations[which](history.segments), random(3) === 0);
      const now = history.segments;
      const fine = now.every(({start, label}, index) => Number.isInteger(start)
        && start < length && (index ? start > now[index - 1].start : start === 0)
        && label && label === cleanLabel(label));
      if (!fine || (history.state.reviewed && !now.length && !start.reviewed)) {
        wrong.push([seed, step, now]);
      }
    }
    while (history.redo());
    const last = history.state;
    while (history.undo());
    if (history.state !== start) wrong.push([seed, "undo"]);
    while (history.redo());
    if (history.state !== last) wrong.push([seed, "redo"]);
  }
  return wrong;
})()"""


def test_random_operations_keep_the_labels_usable_and_undo_returns_to_the_start() -> None:
    assert evaluate(EDITING, RANDOM) == []


def test_a_held_key_is_undone_at_once() -> None:
    found = evaluate(
        EDITING,
        "(() => { const history = new History({segments, reviewed: false});"
        "  for (let by = 1; by <= 5; by++)"
        "    history.change(moveBorder(history.segments, 2, 41 + by, 300), by > 1);"
        "  const moved = history.segments[2].start; history.undo();"
        "  return [moved, history.segments[2].start, history.state.reviewed, history.canUndo];"
        "})()",
        segments=SEGMENTS,
    )
    assert found == [46, 41, False, False]


def test_accepting_is_undone_too_and_happens_once() -> None:
    found = evaluate(
        EDITING,
        "(() => { const history = new History({segments, reviewed: false});"
        "  const told = [history.accept(), history.accept(), history.state.reviewed];"
        "  history.undo(); return [...told, history.state.reviewed,"
        "    new History({segments: [], reviewed: false}).accept()]; })()",
        segments=SEGMENTS,
    )
    assert found == [True, False, True, False, False]


def test_a_drag_is_shown_but_not_to_be_saved_until_it_ends() -> None:
    found = evaluate(
        EDITING,
        "(() => { const history = new History({segments, reviewed: false});"
        "  history.draft(moveBorder(segments, 1, 9, 300));"
        "  const dragged = [history.segments[1].start, history.state.segments[1].start];"
        "  history.change(history.segments);"
        "  return [...dragged, history.state.segments[1].start, history.canUndo]; })()",
        segments=SEGMENTS,
    )
    assert found == [9, 40, 9, True]


def test_what_somebody_else_saved_can_be_undone() -> None:
    found = evaluate(
        EDITING,
        "(() => { const history = new History({segments, reviewed: true});"
        "  history.take({segments: [segments[0]], reviewed: true});"
        "  const theirs = history.segments.length; history.undo();"
        "  return [theirs, history.segments.length]; })()",
        segments=SEGMENTS,
    )
    assert found == [1, 3]
