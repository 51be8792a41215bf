# The service with its page; people are kept in the PostgreSQL of compose.yaml, or in a file under /data.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY src src
RUN python -m venv /opt/reelgraph \
 && /opt/reelgraph/bin/pip install --no-cache-dir --constraint constraints.txt ".[serve,postgres]"

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data reelgraph \
 && install -d -o reelgraph -g reelgraph -m 0700 /data /data/numba
COPY --from=build /opt/reelgraph /opt/reelgraph
ENV PATH=/opt/reelgraph/bin:$PATH PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/data/numba
USER reelgraph
WORKDIR /data
# Compiled loops, so that the first start and the first training do not wait for them. A new volume begins with them; on
# another kind of processor they are compiled again, and kept in the volume.
RUN python -m reelgraph.serve.precompile
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=300s --interval=15s --timeout=5s CMD ["python", "-c", \
  "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health/ready', timeout=4)"]
ENTRYPOINT ["reelgraph"]
CMD ["serve", "/bundles/current", "--store", "/data/people.db", "--host", "0.0.0.0"]
