ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /src
# the packages first: they change seldom, and so are kept from one build to the next
COPY requirements/uv.txt requirements/run.txt requirements/
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --target /opt/uv --requirement requirements/uv.txt
RUN /opt/uv/bin/uv venv --python python3 /app \
    && /opt/uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python /app/bin/python requirements/run.txt
COPY LICENSE README.md pyproject.toml ./
COPY adapters ./adapters
COPY bot ./bot
COPY storage ./storage
# offline: uv has its build backend in itself, so nothing comes in here that no hash has vouched for
RUN /opt/uv/bin/uv pip install --no-cache --offline --no-deps --compile-bytecode --python /app/bin/python .

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /data --create-home commonplace
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/commonplace.db
USER commonplace
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# whether the process works; that a chat is away is no reason to restart it
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["commonplace", "healthcheck"]
ENTRYPOINT ["commonplace"]
CMD ["run"]
