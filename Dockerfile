# imagelib in a container: no root, nothing written but /data and /tmp. compose.yaml runs it with all it needs.
#
# Python 3.11 on Debian 12 is what the suite runs on. Tags move: for the same bytes for ever, append the @sha256:…
# that `docker buildx imagetools inspect python:3.11.16-slim-bookworm` shows.
FROM python:3.11.16-slim-bookworm

WORKDIR /app

# Wheels only: there is no compiler to leave behind, so one stage is enough.
# EXTRAS=heic: with what reads HEIC, which brings code under the GPL.
ARG EXTRAS=""
COPY requirements.txt deploy/heic.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --only-binary=:all: --require-hashes ${EXTRAS:+-r $EXTRAS.txt} -r requirements.txt

# .dockerignore names what is copied. Compiled here, since nothing can be written here later.
COPY . .
RUN python -m compileall -q .

RUN groupadd --gid 10001 imagelib \
    && useradd --uid 10001 --gid imagelib --no-create-home --home-dir /data --shell /usr/sbin/nologin imagelib \
    && install -d -o imagelib -g imagelib -m 700 /data /data/tmp
VOLUME /data
USER 10001:10001

# All interfaces of the container, where a proxy asks. Uploads wait in TMPDIR, on disk: /tmp may be memory.
ENV HOST=0.0.0.0 PORT=8000 IMAGELIB_DATA_DIR=/data TMPDIR=/data/tmp PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=2m \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]

CMD ["python", "manage.py", "quickstart", "--no-samples"]
