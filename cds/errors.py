"""The exception tree. Every error the service raises on purpose is one of these.

::

    CdsError
    ├── SettingsError         a setting cannot be used; stops start-up
    ├── KnowledgeError        faults in knowledge files, all of them at once; nothing is answered from them
    ├── TrustError            faults in the clients file, all of them at once; stops start-up
    ├── AuthError             the caller is not known                           401, and nothing is told
    ├── TerminologyError      a release of a terminology cannot be loaded or opened
    ├── RequestError          the hook request is not usable                    400
    │   ├── UnknownService    no service of that id                             404
    │   ├── DataMissing       data cannot be had, and the client wants no card      412
    │   ├── NoKnowledge       there is no knowledge to answer from          503
    │   ├── BodyTooLarge      the body is over the limit                        413
    │   └── UnsupportedBody   the body is not plain JSON                        415
    ├── FhirError
    │   └── FhirUnavailable   data cannot be had: becomes a gap, never silence
    └── StoreError            the database cannot be used; answers to hooks do not depend on it

A message says what is wrong and where. It never carries a value from the request: that could be patient data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CdsError(Exception):
    """Anything this service raises on purpose."""


class SettingsError(CdsError):
    """A setting cannot be used. The message names the variable and what it accepts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one file, in words its author understands.

    ``line`` counts from 1; 0 means the file as a whole.
    """

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class KnowledgeError(CdsError):
    """The knowledge cannot be used. Holds every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class TrustError(CdsError):
    """The clients file cannot be used. Holds every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class AuthError(CdsError):
    """The caller is not one we know. ``reason`` is a word of ours for the log; the caller is told nothing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TerminologyError(CdsError):
    """A release of a terminology cannot be loaded, or the file made of it cannot be used."""


class RequestError(CdsError):
    """The hook request cannot be used. ``where`` is a path in the body, such as ``context.draftOrders``."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, where: str = "") -> None:
        self.where = where
        super().__init__(message)


class UnknownService(RequestError):
    """No service has this id."""

    status = 404
    code = "not-found"


class DataMissing(RequestError):
    """Data cannot be had, and the client was set to be told so by a status, not by a card."""

    status = 412
    code = "incomplete"


class NoKnowledge(RequestError):
    """The knowledge could not be loaded, so there is nothing to answer from. Hooks are told on a card."""

    status = 503
    code = "transient"

    def __init__(self) -> None:
        super().__init__("The service has no knowledge that it could load. Nothing can be checked.")


class BodyTooLarge(RequestError):
    """The request body is over the configured size."""

    status = 413
    code = "too-long"


class UnsupportedBody(RequestError):
    """The request body is not uncompressed JSON."""

    status = 415
    code = "not-supported"


class FhirError(CdsError):
    """Something about FHIR data."""


class FhirUnavailable(FhirError):
    """Data could not be had from the FHIR server. ``reason`` is short, for the "not checked" card."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StoreError(CdsError):
    """The database cannot be used. ``kind`` is the type of the database's own error, whose text is not kept: it may
    quote what was to be written. ``lasting``: the same would fail again.
    """

    def __init__(self, message: str, kind: str = "", *, lasting: bool = False) -> None:
        self.kind = kind
        self.lasting = lasting
        super().__init__(f"{message} ({kind})" if kind else message)
