"""The cheapest way to write a system that still keeps its promises.

Takes a system, one of its environments and a grid of what may be changed; gives the
frontier of cost against what is given up, each step with its edit of `system.py`.
Every point of it was lowered, priced and checked as a whole. It never writes a file,
never takes a price that is not known, and never trades a promise for money.
"""
