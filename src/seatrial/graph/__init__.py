"""The one AWS resource graph, in CloudFormation's vocabulary.

Takes resources with symbolic values, gives an ordered, checked graph with
typed annotations. It knows AWS's schemas; it never knows who wrote the graph
nor who will read it.
"""

from seatrial.graph.annotations import Annotation
from seatrial.graph.graph import Graph, Output, Parameter, Resource
from seatrial.graph.values import AtRun, GetAtt, Join, Pseudo, Ref, Value

__all__ = [
    "Annotation",
    "AtRun",
    "GetAtt",
    "Graph",
    "Join",
    "Output",
    "Parameter",
    "Pseudo",
    "Ref",
    "Resource",
    "Value",
]
