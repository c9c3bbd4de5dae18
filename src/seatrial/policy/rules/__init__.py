"""The rules, one module for each area; importing this package registers every one.

A module whose name begins with an underscore holds what rules share and is no area.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
