import json
from itertools import combinations, pairwise

from subtasks.dataset import dataset
from subtasks.demo import lerobot
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
    cameras = [lerobot.CAMERA, lerobot.WRIST]
    root = lay_out("v3.0", tmp_path, cameras)
    episodes = dataset.load(root, cameras=cameras).episodes.values()
    files = [[e.data for e in episodes], *zip(*(e.footage for e in episodes), strict=True)]
    ends = [{i for i, (a, b) in enumerate(pairwise(each)) if a != b} for each in files]
    assert all(ends)
    assert not any(one & other for one, other in combinations(ends, 2))
