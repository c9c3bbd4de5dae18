"""The local cloud: runs the graph that ships, with real processes and engines, on loopback."""
