"""The graph as a CloudFormation template.

Takes a graph, gives a template as a dict, JSON or YAML in a stable order. It
renders symbols as intrinsic functions, never resolves one, and never writes a
file.
"""

from seatrial.template.cloudformation import template
from seatrial.template.limits import check_limits
from seatrial.template.text import render_json, render_yaml

__all__ = ["check_limits", "render_json", "render_yaml", "template"]
