"""The error root of the sync wing. Knows no other module.

SyncError
├── ProtocolError    a batch or an answer is not what the protocol says
│   └── UnfoldsError a small body holds far too much
├── StateError       sync.db can't be opened, read or written
│   └── InUse        another sync has the data folder
├── CollectorError   the collector can't start: its address, its tokens or its database
└── EndpointError    an endpoint that is to be checked can't be reached
"""

from __future__ import annotations


class SyncError(Exception):
    """Something in sync went wrong; the message says what, where and what to do."""


class ProtocolError(SyncError, ValueError):
    """A batch or an answer is not what the protocol says."""


class UnfoldsError(ProtocolError):
    """A small body holds more than may be unpacked."""


class StateError(SyncError, OSError):
    """`sync.db` can't be opened, read or written."""


class InUse(StateError):
    """Another sync has the data folder. The command then ends with `code`."""

    code = 3


class CollectorError(SyncError, RuntimeError):
    """The collector can't start: its address, its tokens or its database."""


class EndpointError(SyncError, ConnectionError):
    """An endpoint that is to be checked can't be reached."""
