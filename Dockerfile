# One image, run with different commands: see docker-compose.yml.
# For other machines: docker buildx bake (linux/amd64, linux/arm64, linux/arm/v7)
FROM alpine:3.22 AS packages
RUN apk add --no-cache python3
COPY deploy/requirements.txt /
# pip has done its work then, and is larger than everything else together.
RUN python3 -m venv /opt/power-monitor/venv \
    && /opt/power-monitor/venv/bin/pip install --no-cache-dir --only-binary=:all: --require-hashes -r /requirements.txt \
    && /opt/power-monitor/venv/bin/pip uninstall --yes pip

FROM alpine:3.22
# lighttpd serves the page; tzdata knows where a day begins.
RUN apk add --no-cache python3 lighttpd tzdata
COPY --from=packages /opt/power-monitor/venv /opt/power-monitor/venv

WORKDIR /opt/power-monitor
COPY mosquitto.conf pyproject.toml LICENSE ./
COPY shared shared
COPY services services
COPY cli cli
COPY demo demo
COPY dashboard dashboard
COPY deploy/lighttpd deploy/lighttpd
RUN python3 -m compileall -q shared services cli demo

# The user of the official Mosquitto image, so that both may read what only their owner may read.
RUN install -d -o 1883 -g 1883 -m 755 /var/www/html /var/lib/power-monitor
USER 1883:1883

ENV PATH=/opt/power-monitor/venv/bin:$PATH PYTHONPATH=/opt/power-monitor PYTHONUNBUFFERED=1
ENV POWER_MONITOR_CONFIG=/run/secrets/config.json
CMD ["python", "-m", "cli", "--help"]
