"""What the page computes without a browser: filters, orders, colours, axes, labels, places."""

from typing import Any

import pytest

from support.page_modules import evaluate

FILTER = (
    "found, counts, readFilter, writeFilter, progress, take, EVERYTHING, ORDERS from filters.js"
)


def _episode(number: int, *labels: str, **other: Any) -> dict[str, Any]:
    return {
        "episode": number,
        "task": "stack the cups",
        "length": 300,
        "status": "new",
        "failure": None,
        "labels": [[float(at), label, False] for at, label in enumerate(labels)],
        "score": 0,
        "findings": [],
        "filmstrip": True,
        "agreement": None,
        **other,
    }


EPISODES = [
    _episode(0, "grasp", "lift", status="accepted", score=9),
    _episode(1, "grasp", "lift", agreement=1),
    _episode(2, "grasp", "drop", "grasp", score=2.5, length=900, agreement=0.25),
    _episode(3, status="failed", failure="The video is damaged."),
    _episode(4, "push", task="open the drawer", status="corrected", agreement=0.8),
    _episode(5, "lift", score=7.5, findings=[{"sentence": "lift is LONG", "time": None}]),
]


def _found(**filter: str) -> list[int]:
    numbers: list[int] = evaluate(
        FILTER,
        "found(episodes, {...EVERYTHING, ...filter}).map(each => each.episode)",
        episodes=EPISODES,
        filter=filter,
    )
    return numbers


def test_failed_episodes_come_first_and_reviewed_ones_last() -> None:
    assert _found() == [3, 5, 2, 1, 0, 4]


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("number", [0, 1, 2, 3, 4, 5]),
        ("longest", [2, 0, 1, 3, 4, 5]),
        ("shortest", [0, 1, 3, 4, 5, 2]),
        ("most", [2, 0, 1, 4, 5, 3]),
        ("fewest", [3, 4, 5, 0, 1, 2]),
        ("alike", [3, 2, 0, 1, 5, 4]),
        ("task", [4, 0, 1, 2, 3, 5]),
        ("truth", [2, 4, 1, 0, 3, 5]),
    ],
)
def test_other_orders_can_be_chosen(order: str, numbers: list[int]) -> None:
    assert _found(order=order) == numbers


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ({"label": "grasp"}, [2, 1, 0]),
        ({"label": "gras"}, []),
        ({"status": "failed"}, [3]),
        ({"task": "open the drawer"}, [4]),
        ({"text": "DAMAGED"}, [3]),
        ({"text": "long"}, [5]),
        ({"text": "cups drop"}, [2]),
        ({"text": "#4"}, [4]),
        ({"label": "grasp", "status": "new"}, [2, 1]),
        ({"truth": "apart"}, [2, 4]),
        ({"truth": "apart", "task": "open the drawer"}, [4]),
    ],
)
def test_filters_leave_what_fits_all_of_them(filter: dict[str, str], numbers: list[int]) -> None:
    assert _found(**filter) == numbers


def test_counts_say_what_each_choice_would_leave() -> None:
    counts = evaluate(
        FILTER,
        "Object.fromEntries(Object.entries(counts(episodes, {...EVERYTHING, label: 'grasp'}))"
        ".map(([name, numbers]) => [name, Object.fromEntries(numbers)]))",
        episodes=EPISODES,
    )
    assert counts["statuses"] == {"accepted": 1, "new": 2}
    assert counts["labels"] == {"grasp": 3, "lift": 3, "drop": 1, "push": 1}
    assert counts["truths"] == {"apart": 1}


def test_a_filter_survives_the_address() -> None:
    filter = {
        "text": "a&b=c #1",
        "label": "50 % \u202e",
        "status": "new",
        "task": "x",
        "truth": "apart",
        "order": "task",
    }
    again = evaluate(
        FILTER,
        "Object.fromEntries(Object.entries("
        "readFilter(new URLSearchParams(writeFilter(filter).toString()))))",
        filter=filter,
    )
    assert again == filter


def test_an_address_that_makes_no_sense_shows_everything() -> None:
    for settings in ("status=odd&order=constructor", "order=__proto__", "%%%"):
        same = "JSON.stringify(readFilter(new URLSearchParams(s))) === JSON.stringify(EVERYTHING)"
        assert evaluate(FILTER, same, s=settings)


def test_reviewed_episodes_are_the_accepted_and_the_corrected() -> None:
    assert evaluate(FILTER, "progress(episodes)", episodes=EPISODES) == {
        "episodes": 6,
        "reviewed": 2,
        "accepted": 1,
        "corrected": 1,
        "failed": 1,
    }


def test_what_was_saved_is_found_at_once() -> None:
    numbers = evaluate(
        FILTER,
        "[found(episodes, sought).length,"
        " take(episodes, 3, {status: 'corrected', labels: [[0, 'unfold', false]]}),"
        " found(episodes, sought).map(each => each.episode)]",
        episodes=EPISODES,
        sought={"text": "unfold", "label": "", "status": "", "task": "", "order": "look"},
    )
    assert numbers == [0, None, [3]]


def test_ten_thousand_long_labels_are_searched() -> None:
    episodes = [_episode(1, "x" * 10_000, "<script>")]
    sought = {"text": "<SCRIPT>", "label": "", "status": "", "task": "", "order": "alike"}
    assert evaluate(FILTER, "found(e, f).length", e=episodes, f=sought) == 1


def test_labels_take_colours_by_number_and_then_by_name() -> None:
    labels = ["b", "z", "a", "z", "B"]
    assert evaluate("ordered from colours.js", "ordered(x)", x=labels) == ["z", "B", "a", "b"]


def test_the_first_32_labels_look_different_from_one_another() -> None:
    looks = evaluate("look from colours.js", "Array.from({length: 40}, (_, i) => look(i))")
    pairs = [(each["background"], each["hatch"]) for each in looks]
    assert len(set(pairs)) == 32
    assert pairs[32:] == pairs[:8]
    assert [hatch for _, hatch in pairs[:8]] == [""] * 8


def test_text_on_all_colours_can_be_read() -> None:
    for each in evaluate("look from colours.js", "Array.from({length: 8}, (_, i) => look(i))"):
        dark, light = sorted([_luminance(each["background"]), _luminance(each["text"])])
        assert (light + 0.05) / (dark + 0.05) >= 4.5, each


def test_new_labels_get_the_next_colours_and_move_none() -> None:
    places = evaluate(
        "Colours from colours.js",
        "(colours => [colours.of('new').background, colours.of('a').background,"
        " colours.sorted(['new', 'b', 'a'])])(new Colours(['a', 'b']))",
    )
    assert places == ["#009E73", "#E69F00", ["a", "b", "new"]]


def test_a_renamed_label_keeps_its_colours_and_a_merged_one_takes_the_other_s() -> None:
    places = evaluate(
        "Colours from colours.js",
        "(colours => [colours.rename('a', 'new'), colours.rename('b', 'c'),"
        " ...['new', 'c', 'next'].map(label => colours.of(label).background)])"
        "(new Colours(['a', 'b', 'c']))",
    )
    assert places == [None, None, "#E69F00", "#009E73", "#F0E442"]


@pytest.mark.parametrize(
    ("durations", "whole", "end", "cut"),
    [
        ([], False, 1, 0),
        ([8.0, 10.0, 12.0], False, 12, 0),
        ([10.0] * 50 + [100.0], False, 12.5, 1),
        ([10.0] * 50 + [100.0], True, 100, 0),
        ([0.0, 0.0], False, 0.1, 0),
    ],
)
def test_the_axis_ends_where_most_can_be_read(
    durations: list[float], whole: bool, end: float, cut: int
) -> None:
    found = evaluate("axis from axis.js", "axis(d, whole)", d=durations, whole=whole)
    assert found == {"end": end, "cut": cut}


@pytest.mark.parametrize(
    ("end", "texts"),
    [
        (1.0, ["0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1 s"]),
        (12.0, ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]),
        (200.0, ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]),
        (40_000.0, ["0:00", "120:00", "240:00", "360:00", "480:00", "600:00"]),
    ],
)
def test_the_ruler_has_round_times(end: float, texts: list[str]) -> None:
    marks = evaluate("marks from axis.js", "marks(end, 500)", end=end)
    assert [mark["text"] for mark in marks] == texts


def test_labels_are_counted_and_measured() -> None:
    overview = {"fps": 30, "episodes": EPISODES}
    facts = evaluate(
        "labelFacts, sortedLabels from statistics.js",
        "sortedLabels(labelFacts(overview), 'segments', true)",
        overview=overview,
    )
    assert [each["label"] for each in facts] == ["grasp", "lift", "drop", "push"]
    assert facts[0] == {
        "label": "grasp",
        "segments": 4,
        "episodes": 3,
        "typical": 1.0,
        "shortest": 1.0,
        "longest": 28.0,
        "mistakes": 0,
    }


def test_segments_unlike_the_others_come_first() -> None:
    lengths = [60, 62, 61, 6, 300, 60]
    overview = {"fps": 30, "episodes": [_episode(i, "a", length=x) for i, x in enumerate(lengths)]}
    found = evaluate(
        "occurrences, sortedOccurrences from statistics.js",
        "sortedOccurrences(occurrences(overview, 'a'), 'unlike').map(each => each.episode)",
        overview=overview,
    )
    assert found[:2] == [3, 4]
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("start", "stop", "tiles"),
    [(0, 1, [0, 1]), (1, 2.2, [2, 4]), (1.1, 1.2, [2, 2]), (9, 12, [4, 4]), (0.4999, 1.0, [1, 1])],
)
def test_tiles_lie_inside_their_segment(start: float, stop: float, tiles: list[int]) -> None:
    found = evaluate(
        "tiles from statistics.js",
        "tiles([0, 0.5, 1, 1.5, 2], segment)",
        segment={"start": start, "stop": stop},
    )
    assert [found["first"], found["last"]] == tiles


@pytest.mark.parametrize("label", ["grasp", "a/b", "50 %", "?t=3", "\u202e<script>", "labels", "#"])
def test_a_label_survives_the_address(label: str) -> None:
    expression = (
        "(place => [place.view, place.dataset, place.label])(route(toLabels('a b', label)))"
    )
    place = evaluate("route, toLabels from routes.js", expression, label=label)
    assert place == ["label", "a b", label]


def test_half_a_surrogate_pair_does_no_harm_in_an_address() -> None:
    assert evaluate("toLabels from routes.js", "toLabels('a', '\\ud800')") == "#/a/labels/%EF%BF%BD"


@pytest.mark.parametrize(
    ("hash", "place"),
    [
        ("", ["datasets", None]),
        ("#/", ["datasets", None]),
        ("#/demo", ["overview", None]),
        ("#/demo?text=x", ["overview", None]),
        ("#/demo/labels", ["labels", None]),
        ("#/demo/episodes/17", ["episode", None]),
        ("#/demo/episodes/17?t=4.2", ["episode", 4.2]),
        ("#/demo/episodes/17?t=-1", ["episode", None]),
        ("#/demo/episodes/17?t=Infinity", ["episode", None]),
        ("#/demo/episodes/x", ["overview", None]),
        ("#/%E0%A4%A", ["overview", None]),
    ],
)
def test_places_are_read(hash: str, place: list[Any]) -> None:
    expression = "(place => [place.view, time(place)])(route(hash))"
    assert evaluate("route, time from routes.js", expression, hash=hash) == place


def test_foreign_text_is_isolated_and_its_control_characters_are_seen() -> None:
    names = "visible, isolated from elements.js"
    assert evaluate(names, "visible(x)", x="\x1b[31m\n\x7f") == "␛[31m␊␡"
    assert evaluate(names, "isolated(x)", x="\u202eabc\u2069") == "\ufffdabc\ufffd"
    assert evaluate(names, "isolated(x)", x="\u05e9") == "\u2068\u05e9\u2069"


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(x * y for x, y in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
