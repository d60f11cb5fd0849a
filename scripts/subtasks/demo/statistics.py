"""The statistics of each feature that LeRobot keeps, for an episode and for a dataset."""

from typing import Any

import numpy as np

Stats = dict[str, np.ndarray]
"""By name: min, max, mean, std and count."""

SAMPLED_PICTURES = 100
"""Pictures per episode, at most."""

PICTURE_STEP = 4
"""Every fourth pixel of every fourth row is used."""


def of_values(values: np.ndarray) -> Stats:
    """Return the statistics over the frames of `values`, (n,) or (n, dimensions)."""
    columns = values.reshape(len(values), -1)
    return {
        "min": columns.min(axis=0),
        "max": columns.max(axis=0),
        "mean": columns.mean(axis=0, dtype=np.float64),
        "std": columns.std(axis=0, dtype=np.float64),
        "count": np.array([len(columns)]),
    }


def sampled_frames(length: int) -> frozenset[int]:
    """Choose the frames of an episode of `length` frames whose pictures are used."""
    count = min(length, SAMPLED_PICTURES)
    return frozenset(np.linspace(0, length - 1, count).round().astype(int).tolist())


def of_pictures(pictures: list[np.ndarray]) -> Stats:
    """Return the statistics per channel, from 0 to 1, of pictures (height, width, 3) uint8.

    All but the count of pictures have LeRobot's shape (3, 1, 1).
    """
    small = np.stack([picture[::PICTURE_STEP, ::PICTURE_STEP] for picture in pictures])
    channels = of_values(small.reshape(-1, 3))
    shaped = {name: channels[name].reshape(3, 1, 1) / 255 for name in ("min", "max", "mean", "std")}
    return shaped | {"count": np.array([len(pictures)])}


def combine(parts: list[Stats]) -> Stats:
    """Compute the statistics of a whole from those of its parts."""
    counts = np.array([part["count"][0] for part in parts])
    shape = (-1,) + (1,) * parts[0]["mean"].ndim
    weights = (counts / counts.sum()).reshape(shape)
    means = np.stack([part["mean"] for part in parts])
    mean = (weights * means).sum(axis=0)
    spread = np.stack([part["std"] for part in parts]) ** 2 + (means - mean) ** 2
    return {
        "min": np.min([part["min"] for part in parts], axis=0),
        "max": np.max([part["max"] for part in parts], axis=0),
        "mean": mean,
        "std": np.sqrt((weights * spread).sum(axis=0)),
        "count": np.array([counts.sum()]),
    }


def plain(stats: dict[str, Stats]) -> dict[str, Any]:
    """Return the statistics of several features as lists and numbers for JSON."""
    return {
        feature: {name: value.tolist() for name, value in values.items()}
        for feature, values in stats.items()
    }
