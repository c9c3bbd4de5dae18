"""AWS's own CloudFormation schemas and tables, packed.

Takes a resource type, gives its schema; takes a question about what AWS
offers, gives the packed fact (`facts`). It never reads a graph and never asks
AWS. `types.txt` lists the types, `scripts/refresh-schemas` writes the pack.
"""

from seatrial.graph.schema.types import Schema, known_types, schema

__all__ = ["Schema", "known_types", "schema"]
