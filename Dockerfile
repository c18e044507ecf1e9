# The hub as an image: docker build -t siamhub . && docker run --read-only --tmpfs /tmp -v siamhub-data:/data \
#   -v ./siamhub.yaml:/etc/siamhub/siamhub.yaml:ro -p 9877:9877 siamhub
# In the container `listen` must be 0.0.0.0:9877 and `database` lie under /data (or be a PostgreSQL).
# Secrets come in at run time, as environment variables or mounted files; none is ever in a layer.

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/siamhub
COPY requirements.lock ./
RUN /opt/siamhub/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE siamhub.py ./
COPY core core
COPY connectors connectors
COPY exporters exporters
RUN /opt/siamhub/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/siamhub/bin/python -m compileall -q /opt/siamhub/lib \
 && /opt/siamhub/bin/pip uninstall --yes --quiet setuptools pip

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data siamhub \
 && install --directory --owner=siamhub --mode=0750 /data
COPY --from=build /opt/siamhub /opt/siamhub
ENV PATH=/opt/siamhub/bin:$PATH \
    SIAMHUB_CONFIG=/etc/siamhub/siamhub.yaml \
    SIAMHUB_HEALTH_URL=http://127.0.0.1:9877/-/healthy \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 9877
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['SIAMHUB_HEALTH_URL'], timeout=4)"]
ENTRYPOINT ["siamhub"]
CMD ["run"]
