"""ministack: the stand-in for S3, Secrets Manager, SNS, CloudWatch and other AWS APIs."""

from seatrial.local.engines.ministack.engine import Ministack

__all__ = ["Ministack"]
