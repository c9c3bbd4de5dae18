# Written by `seatrial terraform`; change the system, not this file.

data "aws_availability_zones" "available" {
  state = "available"
}

data "aws_region" "current" {}
