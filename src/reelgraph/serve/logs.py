"""Logs as one JSON object a line, on stderr."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson

_OWN = frozenset((*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "color_message"))


class JsonFormatter(logging.Formatter):
    """Time, level, logger, event and what was told beside; of an error its type and stack, not its text.

    The text of an error may hold what somebody sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _OWN}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _stack(record)
        return orjson.dumps(line, default=str).decode()


def _stack(record: logging.LogRecord) -> list[str]:
    """``file:line function``, the innermost last."""
    found = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found


def set_up(level: int = logging.INFO) -> None:
    """Let the service and its server log so, and nothing twice."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    for name in ("reelgraph", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = ([handler] if name != "uvicorn.error" else []), name == "uvicorn.error"
        logger.setLevel(level if name == "reelgraph" else logging.WARNING)
