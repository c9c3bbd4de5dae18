# Written by `seatrial terraform`; change the system, not this file.

terraform {
  # The bucket is yours to name: terraform init -backend-config="bucket=..."
  backend "s3" {
    key          = "fastapi-app/staging/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}
