"""The real programs that stand in for AWS's engines, one package each."""
