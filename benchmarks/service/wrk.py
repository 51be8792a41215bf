"""Load by `wrk` (https://github.com/wg/wrk), which takes little of the cores it shares with what it asks."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reelgraph.core.errors import CapabilityError

_START = """
math.randomseed(%(seed)d)
local head = {["X-API-Key"] = "%(key)s", ["Content-Type"] = "application/json"}
local users, movies = %(users)d, %(movies)d
local function known() return wrk.format("GET", "/api/recommend/u" .. math.random(0, users - 1) .. "?n=10", head) end
local function ratings(n)
  local parts = {}
  for place = 1, n do parts[place] = string.format('"%%d": %%.1f', math.random(movies), math.random(1, 10) / 2) end
  return table.concat(parts, ", ")
end
local function fold_in()
  return wrk.format("POST", "/api/session/recommend", head, '{"ratings": {' .. ratings(100) .. '}}')
end
local words = {"night", "river", "last", "city", "red", "king", "winter", "gir", "hou", "sta"}
local function mixed()
  local draw = math.random()
  if draw < 0.8 then return known() end
  if draw < 0.9 then
    local told = string.format('[{"user_id": "u%%d", "item_id": "%%d", "stars": %%.1f}]', math.random(0, users - 1),
      math.random(movies), math.random(1, 10) / 2)
    return wrk.format("POST", "/api/ratings", head, told)
  end
  if draw < 0.95 then return wrk.format("GET", "/api/items/" .. math.random(movies) .. "/similar", head) end
  return wrk.format("GET", "/api/items?q=" .. words[math.random(#words)], head)
end
request = %(what)s
"""
_END = """
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\\nJSON {"requests": %d, "seconds": %.3f, "failed": %d, ', summary.requests,
    summary.duration / 1e6, failed))
  io.write(string.format('"p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\\n', latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


@dataclass(frozen=True)
class Load:
    """What is asked.

    Args:
        what: the kind of requests.
        given: numbers it needs: ``users``, ``movies``.
        seconds: how long.
        connections: at once, each asks again as soon as it is answered.
    """

    what: Literal["known", "fold-in", "mixed"]
    given: Mapping[str, int]
    seconds: int
    connections: int

    def shortened(self, share: float) -> Load:
        """The same for a part of the time."""
        return dataclasses.replace(self, seconds=max(1, round(share * self.seconds)))


def wrk(url: str, key: str, load: Load) -> dict[str, Any]:
    """Ask; requests a second, milliseconds and how many failed: no answer, or another status than 2xx or 3xx.

    Raises:
        CapabilityError: `wrk` is not installed.
    """
    if shutil.which("wrk") is None:
        raise CapabilityError("the load comes from wrk", "apt-get install wrk")
    numbers = {"users": 1, "movies": 1, **load.given}
    script = _START % {"seed": 1, "key": key, "what": load.what.replace("-", "_"), **numbers} + _END
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "load.lua")
        file.write_text(script)
        words = ["wrk", "-t", "1", "-c", str(load.connections), "-d", f"{load.seconds}s", "-s", str(file), url]
        told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = json.loads(next(line for line in told.splitlines() if line.startswith("JSON ")).removeprefix("JSON "))
    rate = round(found["requests"] / found.pop("seconds"), 1)
    return {"connections": load.connections, "seconds": load.seconds, "requests_per_second": rate, **found}
