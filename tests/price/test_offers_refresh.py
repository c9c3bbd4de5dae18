"""A book is made from offer files, in a folder or on a server, and the old one is safe."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from seatrial.price.book import Tier, load
from seatrial.price.offers_refresh import Refreshed, refresh
from tests.price.offer import DATABASES, QUEUES, as_csv, as_json


def quiet(line: str) -> None:
    """Nobody reads it."""


def made(offers: Path | str, book: Path, region: str = "us-east-1") -> Refreshed:
    """Refresh a region from these offers into a folder."""
    return refresh(region, str(offers), book, quiet)


def test_a_folder_with_both_forms(tmp_path: Path) -> None:
    (tmp_path / "AmazonRDS.json").write_text(as_json("AmazonRDS", DATABASES))
    (tmp_path / "AWSQueueService.csv").write_text(as_csv("AWSQueueService", QUEUES))
    done = made(tmp_path, tmp_path / "book")
    assert done.path == tmp_path / "book" / "us-east-1.json"
    book = load(done.path)
    assert book.region == "us-east-1"
    assert len(book.prices) == done.prices == 4
    assert book.prices["sqs.request_1m"].tiers[0] == Tier(0.0, 0.4)
    price = book.prices["rds.pg.db.r5.xlarge.single"]
    assert price.date == "2026-10-06"
    assert price.source == (
        "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/20261006224050/"
        "us-east-1, SKU KEEP1"
    )
    assert "nat.h: no offer file AmazonEC2" in done.without
    assert "rds.gp2.single_gb_mo: 2 SKUs that differ (GP2A, GP2B)" in done.without


@pytest.mark.parametrize(
    "name",
    ["offers/v1.0/aws/AmazonRDS/current/us-east-1/index.json", "AmazonRDS/us-east-1/index.json",
     "AmazonRDS.us-east-1.json", "AmazonRDS.json"],
)  # fmt: skip
def test_where_a_folder_may_have_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "offers" / name
    path.parent.mkdir(parents=True)
    path.write_text(as_json("AmazonRDS", DATABASES))
    assert made(tmp_path / "offers", tmp_path / "book").prices == 3


@contextmanager
def served(handler: object) -> Iterator[str]:
    """Serve on this machine's own address; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Files(SimpleHTTPRequestHandler):
    """A mirror of AWS's server."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def test_a_server_with_aws_paths(tmp_path: Path) -> None:
    folder = tmp_path / "mirror/offers/v1.0/aws/AmazonRDS/current/us-east-1"
    folder.mkdir(parents=True)
    (folder / "index.json").write_text(as_json("AmazonRDS", DATABASES))
    with served(partial(Files, directory=str(tmp_path / "mirror"))) as address:
        done = made(address, tmp_path / "book")
        assert done.prices == 3
        assert load(done.path).prices["rds.gp3.single_gb_mo"].source.startswith(address)


class Cut(BaseHTTPRequestHandler):
    """A server that hangs up in the middle of a file."""

    def do_GET(self) -> None:
        """Promise more than is given."""
        body = as_json("AmazonRDS", DATABASES).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class Broken(Cut):
    """A server that has a bad day."""

    def do_GET(self) -> None:
        """Fail."""
        self.send_error(500)


@pytest.mark.parametrize(("handler", "told"), [(Cut, "not a whole offer file"), (Broken, "500")])
def test_a_failed_download_leaves_the_old_book(handler: object, told: str, tmp_path: Path) -> None:
    (tmp_path / "AmazonRDS.json").write_text(as_json("AmazonRDS", DATABASES))
    old = made(tmp_path, tmp_path / "book").path.read_bytes()
    with served(handler) as address, pytest.raises(Mistake, match=told):
        made(address, tmp_path / "book")
    assert (tmp_path / "book" / "us-east-1.json").read_bytes() == old
    assert len(list((tmp_path / "book").iterdir())) == 1


def test_an_interruption_between_any_two_offers_leaves_the_old_book(tmp_path: Path) -> None:
    (tmp_path / "AmazonRDS.json").write_text(as_json("AmazonRDS", DATABASES))
    old = made(tmp_path, tmp_path / "book").path.read_bytes()
    (tmp_path / "AWSQueueService.json").write_text(as_json("AWSQueueService", QUEUES))
    seen: list[str] = []
    refresh("us-east-1", str(tmp_path), tmp_path / "other", seen.append)
    for stop in range(len(seen)):
        left = stop

        def interrupt(line: str) -> None:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1

        with pytest.raises(KeyboardInterrupt):
            refresh("us-east-1", str(tmp_path), tmp_path / "book", interrupt)
        assert (tmp_path / "book" / "us-east-1.json").read_bytes() == old


def test_what_cannot_be_a_book_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no price of us-east-1"):
        made(tmp_path, tmp_path / "book")
    assert not (tmp_path / "book").exists()
    with pytest.raises(Mistake, match="no folder"):
        made(tmp_path / "nowhere", tmp_path / "book")
    with pytest.raises(Mistake, match="us-east-1"):
        made(tmp_path, tmp_path / "book", "us-east-11")
    with pytest.raises(Mistake, match="HTTPS only"):
        made("http://192.0.2.1", tmp_path / "book")
    with pytest.raises(Mistake, match="HTTPS only"):
        made("file:///etc", tmp_path / "book")
    (tmp_path / "AmazonRDS.json").write_text("<html>")
    with pytest.raises(Mistake, match=r"AmazonRDS\.json: this is not a whole offer file"):
        made(tmp_path, tmp_path / "book")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with served(Broken) as address:
        pass
    with pytest.raises(Mistake, match="cannot read") as told:
        made(address, tmp_path / "book")
    assert "--offers FOLDER" in str(told.value)
