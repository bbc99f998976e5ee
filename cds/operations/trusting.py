"""Who may call, as the settings have it: the clients file, the shared memory of tokens, and clients' own policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cds.errors import SettingsError
from cds.operations.places import NOWHERE
from cds.service import Service
from cds.settings import Settings
from cds.store.replay import InDatabase, beside
from cds.trust import clients_file
from cds.trust.client import Client
from cds.trust.replay import InMemory, Replay
from cds.trust.trust import Trust

DEMONSTRATION = (
    "DEMONSTRATION: no clients file is set (CDS_CLIENTS), so callers are not recognised. Send no data of real patients."
)
PUBLIC = "It answers other computers too, because it was told to (--allow-public-demo)."
LOCAL = "It answers this computer alone."


def clients_of(settings: Settings) -> tuple[Client, ...]:
    """The clients. TrustError with every fault of their file; SettingsError when other settings do not fit them."""
    if settings.clients is None:
        return ()
    clients = clients_file.read(settings.clients)
    unnamed = [client.name for client in clients if not client.audience]
    if unnamed and not settings.base_url:
        raise SettingsError(
            "CDS_BASE_URL must be set beside CDS_CLIENTS, because tokens name the address that is called "
            f"(or give 'audience' for {', '.join(unnamed)})"
        )
    return clients


def trust_of(settings: Settings, clients: tuple[Client, ...]) -> Trust:
    """Whom this process answers."""
    return Trust(clients, settings.base_url, replay=_replay(settings) if clients else None)


def own_services(
    settings: Settings, clients: tuple[Client, ...], build: Callable[[Settings], Service]
) -> dict[str, Service]:
    """The services of clients with a policy or an overlay of their own, by the client's name."""
    return {
        client.name: build(
            replace(settings, policy=client.policy or settings.policy, overlay=client.overlay or settings.overlay)
        )
        for client in clients
        if client.policy or client.overlay
    }


def check_workers(settings: Settings, workers: int) -> None:
    """SettingsError when several processes could not tell each other which tokens were used."""
    if workers > 1 and settings.clients and settings.database in ("", NOWHERE):
        raise SettingsError(
            "CDS_DATABASE must name a database when several workers answer known clients: it is where they tell each "
            "other which tokens were used"
        )


def origins_of(settings: Settings, trust: Trust) -> tuple[str, ...]:
    """Browser origins that may call: any in a demonstration, else only those that are listed."""
    return settings.cors_origins if trust.demonstration else tuple(one for one in settings.cors_origins if one != "*")


def notice(settings: Settings) -> str:
    """What is said at the start of a demonstration; empty when clients are known."""
    if settings.clients:
        return ""
    return f"{DEMONSTRATION} {PUBLIC if settings.public_demo else LOCAL}"


def _replay(settings: Settings) -> Replay:
    if settings.database in ("", NOWHERE):
        return InMemory()
    return InDatabase(beside(settings.database), settings.database_password)
