"""Where AWS's offer files are: on AWS's own server, on another, or in a folder.

Gives each file as a stream of text, so that none is ever held whole. Only HTTPS is spoken,
but for a server on this machine; nothing is asked for beside the offer files.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from seatrial.mistake import Mistake

AWS = "https://pricing.us-east-1.amazonaws.com"
"""AWS's price list, which wants no credentials.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
"""

PATIENCE = 60.0
"""Seconds without a byte after which a download is given up."""


@dataclass(frozen=True, slots=True)
class OfferFile:
    """An open offer file: its text, whether it is CSV, and the name to cite it by."""

    text: TextIO
    csv: bool
    name: str


@contextmanager
def opened(offers: str, offer: str, region: str | None) -> Iterator[OfferFile | None]:
    """Open an offer for a region (None: for the world); give None where there is none."""
    stream, name = (_fetched if "://" in offers else _found)(offers, offer, region)
    if stream is None:
        yield None
        return
    with stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
        yield OfferFile(text, name.endswith(".csv"), name)


def _fetched(offers: str, offer: str, region: str | None) -> tuple[IO[bytes] | None, str]:
    parts = urlsplit(offers)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise Mistake(f"{offers} is not asked: prices come over HTTPS only.")
    place = f"{region}/" if region else ""
    url = f"{offers.rstrip('/')}/offers/v1.0/aws/{offer}/current/{place}index.json"
    try:
        # The scheme is HTTPS, or this machine's own; never a file.
        return urlopen(Request(url), timeout=PATIENCE), url  # noqa: S310 - as said above
    except HTTPError as error:
        # The price list stands in a bucket that says 403 for what is not there.
        if error.code in {403, 404}:
            return None, url
        raise Mistake(f"{url} answered {error.code} {error.reason}.") from None
    except (URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise Mistake(
            f"cannot read {url}: {reason}.",
            right="`--offers FOLDER` reads offer files that you downloaded elsewhere.",
        ) from None


def _found(offers: str, offer: str, region: str | None) -> tuple[IO[bytes] | None, str]:
    folder = Path(offers).expanduser()
    if not folder.is_dir():
        raise Mistake(f"there is no folder {offers}.", right="`--offers` takes a folder or a URL.")
    place = f"{region}/" if region else ""
    for name in (
        f"offers/v1.0/aws/{offer}/current/{place}index",  # a mirror of AWS's server
        f"{offer}/{place}index",
        f"{offer}.{region}" if region else offer,
        offer,
    ):
        for kind in ("json", "csv"):
            path = folder / f"{name}.{kind}"
            if path.is_file():
                try:
                    return path.open("rb"), f"{name}.{kind}"
                except OSError as error:
                    raise Mistake(f"cannot read {path}: {error.strerror}.") from None
    return None, offer
