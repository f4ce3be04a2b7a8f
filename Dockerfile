# One image, run with different commands: see docker-compose.yml.
FROM python:3.13-alpine

# lighttpd serves the page; tzdata knows where a day begins.
RUN apk add --no-cache lighttpd tzdata

WORKDIR /opt/power-monitor
COPY pyproject.toml README.md LICENSE mosquitto.conf ./
COPY shared shared
COPY services services
COPY cli cli
COPY demo demo
COPY dashboard dashboard
COPY deploy/lighttpd deploy/lighttpd
RUN pip install --no-cache-dir --prefer-binary --editable .

# The user of the official Mosquitto image, so that both may read what only their owner may read.
RUN install -d -o 1883 -g 1883 -m 755 /var/www/html /var/lib/power-monitor
USER 1883:1883

ENV PYTHONUNBUFFERED=1
CMD ["power-monitor", "--help"]
