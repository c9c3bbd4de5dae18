"""AWS's own CloudFormation schemas and tables, packed.

Takes a resource type, gives its schema; takes a question about what AWS
offers, gives the packed fact. It never reads a graph and never asks AWS.
"""
