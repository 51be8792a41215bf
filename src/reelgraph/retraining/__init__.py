"""Retraining beside a running service: which ratings of guests count, and whether the new bundle may take over."""

from reelgraph.retraining.guests import GuestPolicy, GuestReport
from reelgraph.retraining.held_back import HeldBackSplit, held_back_part, held_back_split
from reelgraph.retraining.quality_gate import GateFigure, GateResult, compare, gate_outcome
from reelgraph.retraining.record import append_record, record_path

__all__ = [
    "GateFigure",
    "GateResult",
    "GuestPolicy",
    "GuestReport",
    "HeldBackSplit",
    "append_record",
    "compare",
    "gate_outcome",
    "held_back_part",
    "held_back_split",
    "record_path",
]
