"""What goes into a service's container image, and how it is built."""

from seatrial.image.dockerfile import dockerfile
from seatrial.image.ignore import dockerignore

__all__ = ["dockerfile", "dockerignore"]
