import json
from itertools import pairwise

from subtasks.dataset import dataset
from support.demo import check_info, check_stats, lay_out, types


def without_lengths(types: dict[str, str]) -> dict[str, str]:
    """The converter that made the real data lost the lists' lengths."""
    return {
        key: kind.replace("fixed_size_list", "list").removesuffix("[]")
        for key, kind in types.items()
    }


def test_the_layout_is_that_of_real_data(real_data, tmp_path):
    ours, real = lay_out("v3.0", tmp_path), real_data / "g1_bottle_v3.0"
    check_info(ours, real)
    data = "data/*/*.parquet"
    assert without_lengths(types(ours, data)) == without_lengths(types(real, data))
    episodes = "meta/episodes/*/*.parquet"
    assert types(ours, episodes) == types(real, episodes)
    assert types(ours, "meta/tasks.parquet").keys() == types(real, "meta/tasks.parquet").keys()
    check_stats(
        *(
            json.loads(
                (root / "meta/stats.json").read_text().replace("images.cam_high", "images.top")
            )
            for root in (ours, real)
        )
    )


def test_data_files_and_video_files_end_at_different_episodes(tmp_path):
    episodes = dataset.load(lay_out("v3.0", tmp_path)).episodes.values()
    data, videos = ([getattr(e, kind) for e in episodes] for kind in ("data", "video"))
    ends = [{i for i, (a, b) in enumerate(pairwise(files)) if a != b} for files in (data, videos)]
    assert all(ends)
    assert not ends[0] & ends[1]
