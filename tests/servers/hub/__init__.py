"""A loopback HTTP server that speaks the Hugging Face Hub's API for datasets, for tests.

    with HubServer() as server:
        repo = server.create("me/bottle", folder)
        environment = {"HF_ENDPOINT": server.url, "HF_TOKEN": server.token}
        ...                         # run anything that uses huggingface_hub
        assert server.served["videos/…/episode_000000.mp4"] <= size

It keeps repos with commits, branches, tags and pull requests in memory (`repos`), and what the
client does with them: info and trees with pages, downloads with redirects and ranges, uploads
through preupload, LFS and commits (`server`). Large files are served as the Hub does it, by
redirects to another origin that must never see a token. Xet, the Hub's second way of moving
large files, is not offered, so that the client takes plain HTTP: downloads of single files do by
themselves, snapshots and uploads need HF_HUB_DISABLE_XET=1.
"""

from servers.hub.faults import Cut, Fault, Slow, Spoilt, Status
from servers.hub.repos import Blob, Commit, Repo
from servers.hub.server import HubServer, Record

__all__ = [
    "Blob",
    "Commit",
    "Cut",
    "Fault",
    "HubServer",
    "Record",
    "Repo",
    "Slow",
    "Spoilt",
    "Status",
]
