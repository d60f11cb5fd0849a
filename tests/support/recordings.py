"""The first episodes of the real recordings, as small but complete datasets."""

import json
import shutil
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from subtasks.dataset import dataset

EPISODES = [0, 1, 2]  # the first data file of v3.0 has these


def cut(source: Path, target: Path) -> Path:
    """Copy the first three episodes of a dataset into a dataset of their own."""
    whole = dataset.load(source, episodes=EPISODES)
    chosen = list(whole.episodes.values())
    paths = {
        "LICENSE",
        *(episode.data for episode in chosen),
        *(path for e in chosen for path in e.footage),
    }
    paths |= {path.relative_to(source).as_posix() for path in (source / "meta").rglob("*.*")}
    for path in sorted(paths):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)
    info = json.loads((target / "meta/info.json").read_text())
    info |= {
        "total_episodes": len(chosen),
        "total_frames": sum(episode.length for episode in chosen),
        "splits": {"train": f"0:{len(chosen)}"},
    }
    (target / "meta/info.json").write_text(json.dumps(info, indent=4))
    for path in (target / "meta").glob("episodes*.jsonl"):
        lines = path.read_text().splitlines()
        kept = [line for line in lines if json.loads(line)["episode_index"] in EPISODES]
        path.write_text("\n".join(kept) + "\n")
    for path in (target / "meta/episodes").rglob("*.parquet"):
        rows = pq.read_table(path)
        kept = rows.filter(pc.is_in(rows["episode_index"], pc.cast(EPISODES, "int64")))
        pq.write_table(kept, path)
    return target
