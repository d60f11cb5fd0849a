"""A stand-in for the Hugging Face Hub on 127.0.0.1, for tests; it serves datasets only.

    with HubServer() as server:
        repo = server.create("me/bottle", folder)
        environment = {"HF_ENDPOINT": server.url, "HF_TOKEN": server.token}
        ...                         # run anything that uses huggingface_hub
        assert server.served["videos/…/episode_000000.mp4"] <= size

Repos with commits, branches, tags and pull requests are kept in memory (`repos`). Served are
information on repos and files, trees in pages, downloads with redirects and ranges, and uploads
through preupload, LFS and commits (`server`). Downloads can fail (`faults`). Like the Hub, it
redirects downloads of large files to another origin.

It refuses a wrong token, writing without one or with `read_only`, private repos without the
token, gated ones without `access_granted`, existing branches and tags, paths and revisions that
do not exist, ranges outside a file, and a token that is sent to the other origin. Anything else
the Hub has is answered with 404. Xet, the Hub's newer transfer of large files, is not offered:
downloads of single files fall back to HTTP, snapshots and uploads need HF_HUB_DISABLE_XET=1.
"""

from servers.hub.faults import (
    Changing,
    Cut,
    Damaged,
    Fault,
    NoRanges,
    Other,
    OtherRange,
    Slow,
    Status,
)
from servers.hub.repos import Blob, Commit, Repo
from servers.hub.server import HubServer, Record

__all__ = [
    "Blob",
    "Changing",
    "Commit",
    "Cut",
    "Damaged",
    "Fault",
    "HubServer",
    "NoRanges",
    "Other",
    "OtherRange",
    "Record",
    "Repo",
    "Slow",
    "Status",
]
