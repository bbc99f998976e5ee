"""Clinical decision support for medication orders: see ``cds/README.md`` for the map."""

__version__ = "0.1.0"
