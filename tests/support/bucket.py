"""An S3 server on this machine with one bucket."""

from collections import Counter
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

KEY, SECRET = "nobody", "knows"


class BucketServer:
    """Serves the bucket `robots`, for as long as the `with` block lasts."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)

    def __enter__(self) -> "Bucket":
        self._server.start()
        host, port = self._server.get_host_and_port()
        url = f"http://{host}:{port}"
        # Moto keeps objects for the whole process, and with them those of earlier tests.
        urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
        return Bucket(url)

    def __exit__(self, *exception: object) -> None:
        self._server.stop()


class Bucket:
    """A bucket that keeps every version of every object."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket="robots")
        self.client.put_bucket_versioning(
            Bucket="robots", VersioningConfiguration={"Status": "Enabled"}
        )

    def reach(self, _address: str) -> Any:
        """Return the client, whatever the address."""
        return self.client

    def upload(self, folder: Path, prefix: str) -> None:
        """Upload all files of a folder."""
        for path in folder.rglob("*"):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder)}"
                self.client.upload_file(str(path), "robots", key)

    def download(self, prefix: str, folder: Path) -> Path:
        """Download all objects below a prefix into a folder and return it."""
        for key in self.uploads():
            if key.startswith(f"{prefix}/"):
                path = folder / key.removeprefix(f"{prefix}/")
                path.parent.mkdir(parents=True, exist_ok=True)
                self.client.download_file("robots", key, str(path))
        return folder

    def uploads(self) -> Counter[str]:
        """Count how often each object was written."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket="robots")
        return Counter(v["Key"] for page in pages for v in page.get("Versions", []))
