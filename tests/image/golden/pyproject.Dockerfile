# syntax=docker/dockerfile:1

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE=copy
RUN python -m venv --without-pip /venv
RUN \
    --mount=type=cache,target=/root/.cache \
    --mount=type=bind,source=pyproject.toml,target=/lock/pyproject.toml \
    python -m pip install uv==0.13.8 \
    && uv --directory /lock pip install --python /venv -r pyproject.toml
RUN python -m compileall -q --invalidation-mode unchecked-hash /venv/lib || true
WORKDIR /app
COPY . /app
RUN python -m compileall -q --invalidation-mode unchecked-hash /app || true

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="shop-api"
LABEL org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-bookworm"
ADD --chmod=0444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /etc/ssl/certs/rds-global-bundle.pem
ENV PATH=/venv/bin:$PATH HOME=/tmp TMPDIR=/tmp
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV PGSSLROOTCERT=/etc/ssl/certs/rds-global-bundle.pem
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# A volume mounted here on Fargate keeps the image's own permissions only where it is declared.
VOLUME ["/tmp"]
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-S", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
