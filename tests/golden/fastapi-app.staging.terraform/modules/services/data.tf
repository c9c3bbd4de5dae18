# Written by `seatrial terraform`; change the system, not this file.

data "aws_region" "current" {}
