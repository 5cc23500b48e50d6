# Two environments: one that exports the model and indexes the sample articles, and one without
# torch that serves them. Any image with Python 3.11 or newer will do as the base.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
# What it serves beyond search: answers in the words of a model, and /mcp.
ARG EXTRAS=answers,mcp
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 DATELINE_CACHE=/var/lib/dateline/cache
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY api ./api
COPY indexer ./indexer
RUN python -m venv /opt/dateline \
    && /opt/dateline/bin/pip install --constraint constraints.txt ".[${EXTRAS}]"
RUN python -m venv /opt/export \
    && /opt/export/bin/pip install --constraint constraints.txt '.[models]'
COPY seeds ./seeds
RUN /opt/export/bin/dateline index seeds/articles --index /var/lib/dateline/index

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --no-create-home dateline
COPY --from=build /opt/dateline /opt/dateline
COPY --from=build --chown=dateline:dateline /var/lib/dateline /var/lib/dateline
ENV PATH=/opt/dateline/bin:$PATH \
    DATELINE_INDEX=/var/lib/dateline/index \
    DATELINE_CACHE=/var/lib/dateline/cache \
    PYTHONUNBUFFERED=1
USER dateline
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["gunicorn", "--config=python:api.gunicorn_settings", "--bind=0.0.0.0:8000", "--workers=2", "api.app:create_app()"]
