# Written by `seatrial terraform`; change the system, not this file.

provider "aws" {
  region = var.region
}

provider "awscc" {
  region = var.region
}
