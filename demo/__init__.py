"""The demonstration: real systems, real traffic, broken before your eyes."""
