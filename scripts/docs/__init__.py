"""The documents that are made from data: docs/fidelity.md and docs/systems.md.

`python -m scripts.docs` writes them anew; tests hold that they are up to date.
"""
