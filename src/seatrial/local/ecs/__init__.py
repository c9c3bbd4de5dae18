"""ECS: services as real processes, spread over zones, replaced and rolled out as ECS does.

The decisions are `seatrial.control`'s; this package carries them out.
"""
