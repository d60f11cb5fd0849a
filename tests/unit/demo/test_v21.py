import pytest

from support.demo import check_info, check_stats, first_json, lay_out, types


@pytest.fixture
def ours(tmp_path):
    return lay_out("v2.1", tmp_path)


def test_the_layout_is_that_of_real_data(ours, real_data):
    real = real_data / "g1_bottle_v2.1"
    check_info(ours, real)
    assert types(ours, "data/*/*.parquet") == types(real, "data/*/*.parquet")
    for file in ("tasks.jsonl", "episodes.jsonl", "episodes_stats.jsonl"):
        assert first_json(ours, f"meta/{file}").keys() == first_json(real, f"meta/{file}").keys()
    path = "meta/episodes_stats.jsonl"
    check_stats(first_json(ours, path)["stats"], first_json(real, path)["stats"])


def test_every_episode_has_a_data_file_and_a_video(ours):
    for pattern in ("data/chunk-000/*.parquet", "videos/chunk-000/observation.images.top/*.mp4"):
        assert [path.stem for path in sorted(ours.glob(pattern))] == [
            f"episode_{number:06d}" for number in range(7)
        ]
