"""Seatrial: write an AWS system down once, run it here, ship it there."""
