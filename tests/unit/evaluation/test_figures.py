import numpy as np
import pytest

from subtasks.evaluation.episode_scores import EpisodeScores, WgoCounts
from subtasks.evaluation.figures import MOST_KINDS, kind_ratios, kinds, medians, ratios

ONE = EpisodeScores(
    3, 6.0, 4, 3, (1, 2, 3, 3), ("grasp", "lift", "grasp"), (0.2, None, -0.4),
    5, 4, (4, 4, 4, 3), (3, 3, 3, 2), 0.6, 60, 39, 4, 3, 4, WgoCounts(5, 4, 3, 2),
)  # fmt: skip
OTHER = EpisodeScores(
    7, 4.0, 1, 2, (0, 1, 1, 1), ("lift", "place"), (0.1, None),
    2, 3, (2, 2, 1, 0), (1, 1, 0, 0), 1.0, 40, 11, 1, 0, 0, WgoCounts(2, 3, 0, 0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("borders/0.1/precision", 1 / 5),
        ("borders/0.25/recall", 3 / 5),
        ("borders/1.0/f1", 2 * 4 / 10),
        ("border_errors/mean", (0.2 + 0.4 + 0.1) / 3),
        ("border_errors/bias", (0.2 - 0.4 + 0.1) / 3),
        ("segments/0.25/precision", 6 / 7),
        ("segments/0.5/recall", 5 / 7),
        ("segments/0.75/f1", 2 * 3 / 14),
        ("labelled_segments/0.1/f1", 2 * 4 / 14),
        ("edit", (0.6 + 1.0) / 2),
        ("frame_accuracy", 50 / 100),
        ("label_accuracy", 3 / 5),
        ("judged_accuracy", 4 / 5),
        ("wgo_bench/segmentation_f1", 2 * 3 / 14),
        ("wgo_bench/label_accuracy", 2 / 3),
        ("wgo_bench/end_to_end_f1", 2 * 2 / 14),
    ],
)
def test_counts_are_pooled_over_episodes(name: str, value: float) -> None:
    each = ratios([ONE, OTHER])[name]
    assert each.above.sum() / each.below.sum() == pytest.approx(value)


def test_medians_know_of_which_episode_each_value_is() -> None:
    (each,) = medians([ONE, OTHER]).values()
    assert each.values.tolist() == [0.2, 0.4, 0.1]
    assert each.episodes.tolist() == [0, 0, 1]


def test_kinds_of_borders_by_how_many_there_are() -> None:
    assert kinds([ONE, OTHER]) == {"grasp": (2, 2), "lift": (2, 1), "place": (1, 0)}
    found = kind_ratios([ONE, OTHER], ["grasp", "place"])
    assert found.keys() == {"grasp/bias", "grasp/error", "place/bias", "place/error"}
    bias, error = found["grasp/bias"], found["grasp/error"]
    assert bias.above.sum() / bias.below.sum() == pytest.approx((0.2 - 0.4) / 2)
    assert error.above.sum() / error.below.sum() == pytest.approx((0.2 + 0.4) / 2)
    assert not found["place/bias"].below.any()


def test_only_the_most_frequent_kinds_are_listed() -> None:
    names = tuple(f"kind{number}" for number in range(2 * MOST_KINDS))
    many = EpisodeScores(
        1, 6.0, 0, len(names), (0,) * 4, (*names[1:], *names), (None,) * (2 * len(names) - 1),
        5, 4, (4,) * 4, (3,) * 4, 0.6, 60, 39, 4, 3,
    )  # fmt: skip
    found = kinds([many])
    assert len(found) == MOST_KINDS
    assert "kind0" not in found


def test_nothing_was_judged() -> None:
    assert "judged_accuracy" not in ratios(
        [EpisodeScores(1, 1.0, 0, 0, (0,) * 4, (), (), 1, 1, (1,) * 4, (1,) * 4, 1.0, 9, 9, 1, 1)]
    )
    assert np.isfinite(ratios([ONE])["edit"].above).all()
