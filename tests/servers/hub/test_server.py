"""The Hub on this machine does with uploads what the real one does, as far as the client sees."""

from servers.hub import HubServer
from support.hub_machine import Machine


def test_the_server_keeps_what_the_client_uploads(machine: Machine, hub_server: HubServer) -> None:
    machine.environment |= {"HF_TOKEN": hub_server.token, "HF_HUB_DISABLE_XET": "1"}
    machine.python(
        """
        from huggingface_hub import (
            CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi,
        )

        api = HfApi()
        kind = {"repo_id": "me/new", "repo_type": "dataset"}
        api.create_repo(**kind, private=True)
        files = [CommitOperationAdd("a.txt", b"text"), CommitOperationAdd("b.mp4", b"video" * 99)]
        first = api.create_commit(**kind, operations=files, commit_message="first")
        # The same once more is no commit.
        files = [CommitOperationAdd("a.txt", b"text"), CommitOperationAdd("b.mp4", b"video" * 99)]
        again = api.create_commit(**kind, operations=files, commit_message="again")
        assert again.oid == first.oid
        api.create_branch(**kind, branch="labels")
        changes = [CommitOperationDelete("a.txt"), CommitOperationCopy("b.mp4", "c.mp4")]
        api.create_commit(**kind, operations=changes, commit_message="m", revision="labels")
        added = [CommitOperationAdd("d.txt", b"more")]
        request = api.create_commit(**kind, operations=added, commit_message="m", create_pr=True)
        assert request.pr_url.endswith("/discussions/1"), request.pr_url
        copy = {"repo_id": "me/copy", "repo_type": "dataset"}
        api.create_repo(**copy, private=True)
        files = [CommitOperationCopy(p, p, "main", "me/new", "dataset") for p in ("a.txt", "b.mp4")]
        api.create_commit(**copy, operations=files, commit_message="all of it")
        [video] = api.get_paths_info(**kind, paths="b.mp4", expand=True)
        assert video.last_commit.title == "first"
        mine = [each.title for each in api.get_repo_discussions(**kind, author="me")]
        assert mine == ["m"], mine
        assert not list(api.get_repo_discussions(**kind, author="you"))
        """
    )
    new, copy = hub_server.repos["me/new"], hub_server.repos["me/copy"]
    assert {path: blob.content for path, blob in new.head.files.items()} == {
        "a.txt": b"text",
        "b.mp4": b"video" * 99,
    }
    assert sorted(new.resolve("labels").files) == ["b.mp4", "c.mp4"]
    assert sorted(new.resolve("refs/pr/1").files) == ["a.txt", "b.mp4", "d.txt"]
    assert new.private
    assert copy.private
    assert copy.head.files == new.head.files
