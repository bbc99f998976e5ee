"""What the service remembers with, as the settings have it."""

from __future__ import annotations

from cds.hooks.memory import Memory
from cds.operations.places import NOWHERE
from cds.settings import Settings
from cds.store.database import Database
from cds.store.feedback import Comments
from cds.store.keyed import Key
from cds.store.ledger import Ledger


def memory_of(settings: Settings) -> Memory:
    """The memory. SettingsError or StoreError when a setting cannot be used; nothing is opened yet."""
    key = Key(settings.hash_key)
    if settings.database in ("", NOWHERE):
        return Memory(None, settings.repeats, key)
    ledger = Ledger(Database(settings.database, settings.database_password), key, Comments(settings.comment_key))
    return Memory(ledger, settings.repeats, key)
