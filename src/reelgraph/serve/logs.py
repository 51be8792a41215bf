"""Logs as one JSON object per line, on stderr."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson

_STANDARD_FIELDS = frozenset((*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "color_message"))


class JsonFormatter(logging.Formatter):
    """Time, level, logger, event and the fields of ``extra``; of an exception its type and stack, not its message.

    The message of an exception may hold what a client has sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD_FIELDS}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
            fields["at"] = _stack(record)
        return orjson.dumps(fields, default=str).decode()


def _stack(record: logging.LogRecord) -> list[str]:
    """``file:line function``, the innermost frame last."""
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames


def set_up(level: int = logging.INFO) -> None:
    """Configure the loggers of the service, of uvicorn and of the protocol of assistants, each line once."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    for name in ("reelgraph", "uvicorn", "uvicorn.error", "mcp"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = ([handler] if name != "uvicorn.error" else []), name == "uvicorn.error"
        logger.setLevel(level if name == "reelgraph" else logging.WARNING)
