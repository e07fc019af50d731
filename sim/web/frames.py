"""What a tab sends, read or refused: by size first, then by shape, never on the event loop."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from sim.page.arrays import from_frame

__all__ = ["DEEPEST", "JSON_BYTES", "MESSAGE_BYTES", "is_deep", "request_of", "too_large"]

MESSAGE_BYTES = 24 * 1024 * 1024
"""Bytes of one message at most: an upload and its head. The server closes the socket on more."""

JSON_BYTES = 1024 * 1024
"""Bytes of a request in JSON, or of the head of a frame, at most."""

DEEPEST = 24
"""Deepest nesting of a request; a timeline needs eight."""


def too_large(event: Mapping[str, Any]) -> bool:
    """Return whether a message is larger than any request; known before it is looked into."""
    text, data = event.get("text"), event.get("bytes") or b""
    if text is not None:
        return len(text) > JSON_BYTES
    return len(data) >= 4 and struct.unpack_from("<I", data)[0] > JSON_BYTES


def request_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request in a message, or None where there is none.

    Parameters
    ----------
    event : dict
        ``websocket.receive`` of ASGI: ``text`` is JSON, ``bytes`` are a frame.

    Examples
    --------
    >>> request_of({"text": '{"type": "hello"}'}), request_of({"text": "[" * 100})
    ({'type': 'hello'}, None)
    """
    text = event.get("text")
    try:
        message = json.loads(text) if text is not None else from_frame(event.get("bytes") or b"")
    except Exception:  # whatever a decoder trips over, the message cannot be read
        return None
    return message if isinstance(message, dict) else None


def is_deep(message: dict[str, Any]) -> bool:
    """Return whether lists and mappings are nested deeper in a request than any needs."""
    inner: list[Any] = [message]
    for _ in range(DEEPEST):
        inner = [
            part
            for one in inner
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in inner)
