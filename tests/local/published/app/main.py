"""Keep what is sent in a bucket, with plain boto3, and tell what came with the request."""

import argparse
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["S3_BUCKET"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/v1/url":
            known = {"Bucket": BUCKET, "Key": "notes/one.txt"}
            return self.answer({"url": s3.generate_presigned_url("get_object", Params=known)})
        if self.path == "/v1/versions":
            status = s3.get_bucket_versioning(Bucket=BUCKET).get("Status")
            return self.answer({"versioning": status, "bucket": BUCKET})
        return self.answer(
            {"headers": {name.lower(): value for name, value in self.headers.items()}}
        )

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        s3.put_object(Bucket=BUCKET, Key="notes/one.txt", Body=body)
        self.answer({"kept": len(body)})

    def answer(self, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Frame-Options", "SAMEORIGIN")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    ThreadingHTTPServer((chosen.host, chosen.port), Handler).serve_forever()
