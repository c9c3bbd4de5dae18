"""How a system gets to AWS: workflows, pipelines and the stack that lets them in.

Takes the graphs of a system's environments, gives GitHub workflows, a
CodePipeline as a graph, and the bootstrap stack as a graph. It reads graphs
and nothing else of a system, never asks AWS and never holds a secret.
"""
