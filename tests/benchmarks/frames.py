"""Measure frame sampling against decoding everything, and against decoding only what is needed.

The real episodes are sampled at one frame a second into contact sheets: from AV1 as LeRobot
writes it, and from the same pictures in H.264 with a keyframe every 250 frames. Each way runs in
its own process. CPU seconds are those of the work; those of starting the process are listed
separately. Goals are printed beside the results; nothing fails for being slow.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from itertools import groupby
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

import av  # noqa: E402
from av.video.frame import PictureType  # noqa: E402
from PIL import Image  # noqa: E402

from subtasks.frames import (  # noqa: E402
    contact_sheets,
    grid,
    sampling,
)
from subtasks.frames.scaling import Scaler  # noqa: E402
from subtasks.frames.video import Video  # noqa: E402

RATE = 30
FPS = 1
COLUMNS, ROWS, TILE_WIDTH, QUALITY = 5, 4, 224, 85
LIMIT = 60  # samples, for comparing videos of different lengths
H264 = {"preset": "veryfast", "crf": "23"}
KEYFRAMES = 250


@dataclass(frozen=True, slots=True)
class Episode:
    """Position of an episode in its video, in seconds, and its number of frames."""

    video: str
    start: float
    stop: float
    frames: int


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of the work and of starting, and peak memory in MB."""

    cpu: float
    start: float
    memory: float


# ways of sampling ---------------------------------------------------------------------------


def plain(episode: Episode, threads: int | None = None) -> None:
    """Decode every frame, as a script without knowledge of keyframes would."""
    wanted = set(sampling.choose([k / RATE for k in range(episode.frames)], FPS, 600).indices)
    tiles = []
    with av.open(episode.video) as container:
        if threads:
            container.streams.video[0].codec_context.thread_count = threads
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                image = frame.to_image()
                tiles.append(image.resize(grid.fit_to_width(*image.size, TILE_WIDTH)))
    compose(tiles, [float(number) for number in range(len(tiles))])


def plain_one_thread(episode: Episode) -> None:
    """Decode every frame, without the threads that PyAV starts."""
    plain(episode, threads=1)


def library(episode: Episode, limit: int = 600) -> None:
    """Sample as this project does."""
    with Video(Path(episode.video)) as video:
        index, times, wanted = needed(video, episode, limit)
        scaler = Scaler(partial(grid.fit_to_width, limit=TILE_WIDTH))
        compose(map(scaler, video.frames(index, wanted)), times)


def bare(episode: Episode) -> None:
    """Seek, demux and decode the needed packets, and nothing else."""
    groups, skip = PLANS[episode]
    with av.open(episode.video) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_count = 1
        for seek, key, wanted in groups:
            container.seek(seek, stream=stream)
            unsent, begun = set(wanted), False
            for packet in container.demux(stream):
                begun = begun or packet.pts == key
                if not begun:
                    continue
                if skip:
                    kept = packet.pts in wanted or packet.pts == key
                    context.skip_frame = "DEFAULT" if kept else "NONREF"
                unsent.discard(packet.pts)
                context.decode(packet)
                if not unsent:
                    break
            context.decode(None)


def ffmpeg(episode: Episode) -> None:
    """Decode everything and make the sheets with the ffmpeg command, without times on them."""
    with tempfile.TemporaryDirectory() as folder:
        filters = f"fps={FPS},scale={TILE_WIDTH}:-1:flags=area,tile={COLUMNS}x{ROWS}"
        command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", episode.video]
        subprocess.run([*command, "-vf", filters, f"{folder}/%d.jpg"], check=True)


def program(episode: Episode) -> None:
    """Run the workflow's program, one process per episode."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                sys.executable,
                PROJECT / "scripts" / "sample_frames.py",
                *("--camera", "top", Path(episode.video).name, episode.video),
                *(str(episode.start), str(episode.stop)),
                f"--frames={episode.frames}",
                f"--episode-fps={RATE}",
                f"--fps={FPS}",
                f"--max-frames={LIMIT}",
                f"--output={folder}/frames.zip",
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )


WAYS: dict[str, Callable[[Episode], None]] = {
    way.__name__: way for way in (plain, plain_one_thread, library, bare, ffmpeg, program)
}
PLANS: dict[Episode, tuple[list[tuple[int, int, set[int]]], bool]] = {}


def needed(video: Video, episode: Episode, limit: int = 600) -> tuple:
    """Return the index of an episode, and the times and presentation times of its samples."""
    half = 0.5 / RATE
    index = video.index(episode.start - half, episode.stop - half)
    times = [video.seconds(pts - index.frames[0]) for pts in index.frames]
    indices = sampling.choose(times, FPS, limit).indices
    return index, [times[k] for k in indices], [index.frames[k] for k in indices]


def planned(episode: Episode) -> tuple[list[tuple[int, int, set[int]]], bool]:
    """Return what `bare` must decode: seek, keyframe and wanted frames of every group."""
    with Video(Path(episode.video)) as video:
        index, _, wanted = needed(video, episode)
        grouped = groupby(wanted, lambda pts: bisect_right(index.keys, pts) - 1)
        groups = [(index.seeks[key], index.keys[key], set(group)) for key, group in grouped]
        return groups, video.codec == "h264"


def compose(tiles: Iterator[Image.Image] | Sequence[Image.Image], times: Sequence[float]) -> None:
    """Make contact sheets and encode them."""
    for picture in contact_sheets.contact_sheets(
        zip(times, tiles, strict=True), len(times), COLUMNS, ROWS, 1
    ):
        contact_sheets.jpeg(picture.image, QUALITY)


# measuring ----------------------------------------------------------------------------------


def spent() -> float:
    """Return the CPU seconds of this process and its children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def child(way: str, episodes: list[Episode]) -> None:
    """Work in this process and print what it took."""
    if way == "bare":
        PLANS.update((episode, planned(episode)) for episode in episodes)
    Image.preinit()  # part of starting; otherwise done when the first image is written
    start = spent()
    for episode in episodes:
        WAYS[way](episode)
    self, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = max(self.ru_maxrss, children.ru_maxrss) if way != "program" else children.ru_maxrss
    print(json.dumps(asdict(Usage(spent() - start, start, peak / 1024))))


def measured(way: str, episodes: list[Episode], runs: int) -> Usage:
    """Return the median over `runs` processes."""
    request = json.dumps([asdict(episode) for episode in episodes])
    usages = []
    for _ in range(runs):
        command = [sys.executable, __file__, "--child", way]
        done = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
        usages.append(json.loads(done.stdout))
    return Usage(*(statistics.median(usage[key] for usage in usages) for key in usages[0]))


# videos -------------------------------------------------------------------------------------


def real_episodes(data: Path) -> list[Episode]:
    """Return the real episodes, each in a file of its own."""
    lines = (data / "g1_bottle_v2.1/meta/episodes.jsonl").read_text().splitlines()
    folder = data / "g1_bottle_v2.1/videos/chunk-000/observation.images.cam_high"
    return [
        Episode(str(folder / f"episode_{number:06d}.mp4"), 0.0, frames / RATE, frames)
        for number, frames in enumerate(json.loads(line)["length"] for line in lines)
    ]


def transcoded(episodes: list[Episode], path: Path, frames: int) -> None:
    """Write the first `frames` frames of the episodes as H.264 with few keyframes."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options=H264)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.codec_context.gop_size = KEYFRAMES
        number = 0
        for episode in episodes:
            with av.open(episode.video) as container:
                for frame in container.decode(video=0):
                    if number == frames:
                        break
                    frame.pts, frame.time_base = number, Fraction(1, RATE)
                    frame.pict_type = PictureType.NONE
                    output.mux(stream.encode(frame))
                    number += 1
        output.mux(stream.encode(None))


def joined(videos: list[str], path: Path) -> None:
    """Write the packets of `videos` one after the other to a file."""
    end = 0
    with av.open(str(path), "w") as output:
        stream = None
        for video in videos:
            with av.open(video) as container:
                source = container.streams.video[0]
                stream = stream or output.add_stream_from_template(source, opaque=True)
                for packet in container.demux(source):
                    if packet.size:
                        packet.pts, packet.dts = packet.pts + end, packet.dts + end
                        packet.stream = stream
                        output.mux(packet)
                end += source.duration


def made(make: Callable[..., None], *arguments: object) -> None:
    """Make a video in a process of its own.

    A process inherits the peak memory of the one that starts it, so this one must stay small.
    """
    process = multiprocessing.get_context("fork").Process(target=make, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"frames: {make.__name__} failed")


# the table ----------------------------------------------------------------------------------


def row(name: str, usage: Usage, samples: int, ratio: str = "") -> None:
    """Print one line of the table."""
    print(
        f"  {name:34s} {usage.cpu:8.3f} s {usage.cpu / samples * 1000:8.2f} ms a sample"
        f" {usage.start:6.2f} s start {usage.memory:6.0f} MB  {ratio}",
        flush=True,
    )


def compare(title: str, episodes: list[Episode], runs: int, goal: float) -> None:
    """Measure every way on `episodes`, and print the results with the goals."""
    samples = sum(len(planned_samples(episode)) for episode in episodes)
    print(f"\n{title}: {len(episodes)} episodes, {samples} samples")
    ours = measured("library", episodes, runs)
    needs = measured("bare", episodes, runs)
    for name, way in [
        ("(a) plain decode of everything", "plain"),
        ("(a) with one decoder thread", "plain_one_thread"),
    ]:
        usage = measured(way, episodes, runs)
        row(name, usage, samples, f"{usage.cpu / ours.cpu:.1f} x (b), goal {goal:g}")
    over = ours.cpu / needs.cpu
    row("(b) this project, one process", ours, samples, f"{over:.2f} x (d), goal at most 1.5")
    usage = measured("program", episodes, runs)
    each = (usage.cpu - ours.cpu) / len(episodes)
    row("(b) this project, as a program", usage, samples, f"{each:.2f} s to start each, goal 0.3")
    if shutil.which("ffmpeg"):
        usage = measured("ffmpeg", episodes, runs)
        row("(c) ffmpeg -vf fps", usage, samples, f"{usage.cpu / ours.cpu:.1f} x (b)")
    else:
        print("  (c) ffmpeg -vf fps: no ffmpeg is installed")
    row("(d) bare decode of what is needed", needs, samples)


def planned_samples(episode: Episode) -> tuple[int, ...]:
    """Return the samples of an episode."""
    return sampling.choose([k / RATE for k in range(episode.frames)], FPS, 600).indices


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two episodes, one run, short videos")
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, [Episode(**fields) for fields in json.load(sys.stdin)])
        return
    data = Path(os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not (data / "g1_bottle_v2.1").is_dir():
        print(f"frames: no real recordings at {data}: set SUBTASKS_REAL_DATA")
        return
    runs, repeats = (1, 4) if args.quick else (5, 20)
    episodes = real_episodes(data)[: 2 if args.quick else None]
    with tempfile.TemporaryDirectory() as folder:
        tables(episodes, Path(folder), runs, repeats)


def tables(episodes: list[Episode], folder: Path, runs: int, repeats: int) -> None:
    """Measure everything, with videos made in `folder`."""
    compare("AV1, keyframe every 2 frames", episodes, runs, goal=8)

    minute, long = folder / "minute.mp4", folder / "long.mp4"
    frames = min(60 * RATE, sum(episode.frames for episode in episodes))
    made(transcoded, episodes, minute, frames)
    made(joined, [str(minute)] * repeats, long)
    short = Episode(str(minute), 0, frames / RATE, frames)
    compare(f"H.264, keyframe every {KEYFRAMES} frames", [short], runs, goal=3)

    print(f"\nMemory of the program at {LIMIT} samples, H.264")
    whole = Episode(str(long), 0, repeats * frames / RATE, repeats * frames)
    small, large = (measured("program", [episode], 1) for episode in (short, whole))
    for episode, usage in ((short, small), (whole, large)):
        print(f"  {episode.stop / 60:5.1f} minutes {usage.memory:6.1f} MB")
    print(f"  {large.memory / small.memory:.2f} x, goal 1")

    print("\nEpisodes in a long video against alone in their files, AV1")
    made(joined, [episode.video for episode in episodes] * (repeats // 2), long)
    before = (repeats // 2 - 1) * sum(episode.frames for episode in episodes)
    inside = []
    for episode in episodes:
        span = (before / RATE, (before + episode.frames) / RATE)
        inside.append(Episode(str(long), *span, episode.frames))
        before += episode.frames
    samples = sum(len(planned_samples(episode)) for episode in episodes)
    apart, shared = (measured("library", each, runs) for each in (episodes, inside))
    row("alone", apart, samples)
    row(f"in a video of {inside[-1].stop / 60:.1f} minutes", shared, samples)
    print(f"  {shared.cpu / apart.cpu:.2f} x, goal 1")


if __name__ == "__main__":
    main()
