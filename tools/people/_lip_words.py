"""What lip-sync readings are called in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from evalverse.tools.lipsync.heads import Fit

NOTICED = (-45.0, 125.0)
"""Milliseconds between which viewers do not notice that the voice comes early (-) or late (+): ITU-R BT.1359-1."""
BORNE = (-90.0, 185.0)
"""Milliseconds beyond which they find it unacceptable: ITU-R BT.1359-1."""
BROADCAST = (-40.0, 60.0)
"""Milliseconds that a broadcast may be off by the time it reaches the viewer: EBU R37."""


def said(offset_ms: float) -> str:
    """An offset as a sentence, e.g. "The voice comes 120 ms after the lips."."""
    size = round(abs(offset_ms))
    if size == 0:
        return "The voice comes with the lips."
    return f"The voice comes {size} ms {'after' if offset_ms > 0 else 'before'} the lips."


def weighed(offset_ms: float) -> str:
    """What viewers make of it, after ITU-R BT.1359-1 and EBU R37."""
    for limits, verdict in (
        (BROADCAST, "Broadcasters allow that (EBU R37)."),
        (NOTICED, "Broadcasters do not allow that (EBU R37), but viewers do not notice it (ITU-R BT.1359)."),
        (BORNE, "Viewers notice it (ITU-R BT.1359)."),
    ):
        if limits[0] <= offset_ms <= limits[1]:
            return verdict
    return "Viewers do not accept that (ITU-R BT.1359)."


def side(fit: Fit, others: Sequence[Fit]) -> str:
    """Which face of its shot it is, e.g. "the face on the left"; empty where the shot shows one only."""
    places = {other.track: other.parts[0].head.place for other in others if other.shot == fit.shot}
    if len(places) < 2:
        return ""
    rank = sorted(places.values()).index(places[fit.track])
    return f"the face {'on the left' if rank == 0 else 'on the right' if rank == len(places) - 1 else 'in the middle'}"


def speaking(here: Sequence[Fit], chosen: Sequence[Fit]) -> str:
    """Who of the faces of one shot speaks, as a sentence."""
    sides = [side(fit, here) for fit in chosen]
    if not sides:
        return "None of the faces is found to speak."
    said_of = " and ".join(sides)
    return f"{said_of[0].upper()}{said_of[1:]} speak{'s' if len(sides) == 1 else ''}."
