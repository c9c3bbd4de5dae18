"""The graph as Terraform: a folder with a module a tier, for `awscc` and `aws`.

Takes a graph, gives files and the addresses under which each resource is found
in them. It never resolves a symbol, never runs Terraform and never writes to
the disk.
"""

from seatrial.terraform.files import HEADER
from seatrial.terraform.folder import Folder, folder

__all__ = ["HEADER", "Folder", "folder"]
