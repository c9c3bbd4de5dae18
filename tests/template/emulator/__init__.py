"""Templates on a CloudFormation emulator: created, changed, deleted, and asked for in between."""
