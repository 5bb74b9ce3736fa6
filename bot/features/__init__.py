"""Features: one module each, found by itself."""

from importlib import import_module
from pkgutil import iter_modules

from bot.actions import Feature
from bot.kinds import kinds


def find_features() -> list[Feature]:
    """Every Feature of every module in this package, by module name, and the core's own switch for message kinds."""
    modules = sorted(info.name for info in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}") for name in modules]
    return [*(f for module in found for f in vars(module).values() if isinstance(f, Feature)), kinds]
