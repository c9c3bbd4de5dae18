"""A CloudFormation template as a graph, whoever wrote it.

Takes a file in JSON or YAML with values for its parameters; gives the graph, each
resource with its line, and in plain words what was assumed where the template leaves
something open. What cannot be known stays a symbol; nothing is fetched from AWS.
"""

from seatrial.template.reading.reading import Reading, read_template

__all__ = ["Reading", "read_template"]
