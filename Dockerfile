# One image, both agents: alone on port 5000, or as one agent of a service behind a unix socket (BIND, AGENT_ROLE).
#
# BASE_IMAGE: any image with python3 (3.11 or newer) and its venv module, in /usr/bin or /usr/local/bin.
# CA_BUNDLE: a file in the build context, for networks whose proxy intercepts TLS. It stays in the stage that needs it.
ARG BASE_IMAGE=docker.io/library/python:3.11-slim-bookworm

# The standard library, compiled once for a quick start on a read-only file system: some base images have it as sources
# only, others with all docstrings. A stage of its own, since requirements and certificate authorities do not change it.
FROM ${BASE_IMAGE} AS library
COPY requirements/compile.py /build/compile.py
RUN PYTHONPYCACHEPREFIX=/opt/pycache python3 -X no_debug_ranges /build/compile.py

FROM ${BASE_IMAGE} AS packages
# Copying needs a file, so without a bundle the requirements are copied twice.
ARG CA_BUNDLE=
COPY requirements/application.txt /build/application.txt
COPY ${CA_BUNDLE:-requirements/application.txt} /build/ca-bundle
# pip lives in a virtual environment of its own and fills the other, which therefore never holds it.
RUN set -eu; \
    python3 -m venv /build/pip; \
    python3 -m venv --without-pip /opt/venv; \
    if [ -n "${CA_BUNDLE}" ]; then export PIP_CERT=/build/ca-bundle; fi; \
    /build/pip/bin/pip --python /opt/venv/bin/python3 install --require-hashes --only-binary :all: --no-compile \
        --no-cache-dir --disable-pip-version-check --no-input -r /build/application.txt; \
    find /opt/venv/lib -type d '(' -name tests -o -name benchmarks ')' -prune -exec rm -r {} +
# Compiled too; unchecked, since the sources never change. Of packages only the compiled code is kept: a traceback names
# file and line all the same, and columns only serve to mark a source's line.
COPY requirements/compile.py /build/compile.py
RUN python3 -X no_debug_ranges /build/compile.py /opt/venv/lib
ENV PYTHONPYCACHEPREFIX=/opt/pycache
# Where state is kept that shall outlive the container: a volume mounted here takes the owner over.
RUN mkdir -m 0750 /build/data
COPY app /srv/app
RUN set -eu; \
    chmod -R a=rX,u+w /srv/app; \
    python3 -m compileall -q --invalidation-mode unchecked-hash /srv/app

FROM ${BASE_IMAGE}
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPYCACHEPREFIX=/opt/pycache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    FLASK_APP=app \
    HOME=/tmp
COPY --from=packages /opt/venv /opt/venv
COPY --from=library /opt/pycache/usr /opt/pycache/usr
COPY --from=packages /srv/app /srv/app
COPY --from=packages /opt/pycache/srv /opt/pycache/srv
COPY --from=packages --chown=10001:10001 /build/data /data
WORKDIR /srv
USER 10001:10001
EXPOSE 5000
STOPSIGNAL SIGTERM
# Isolated, it would not look for byte code where the variable says. It runs for as long as the container does.
HEALTHCHECK --interval=60s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-I", "-S", "-X", "pycache_prefix=/opt/pycache", "/srv/app/healthcheck.py"]
CMD ["gunicorn", "--config", "/srv/app/gunicorn.conf.py"]

# Last, so that a new revision reuses every layer.
ARG REVISION=
ARG VERSION=
ARG CREATED=
ARG SOURCE=
ENV REVISION=${REVISION}
LABEL org.opencontainers.image.title="Longshore agents" \
      org.opencontainers.image.description="A planner and a solver that answer questions together" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
