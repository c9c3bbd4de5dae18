# Written by `seatrial terraform`; change the system, not this file.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25"
    }
    awscc = {
      source  = "hashicorp/awscc"
      version = ">= 1.96"
    }
  }
}
