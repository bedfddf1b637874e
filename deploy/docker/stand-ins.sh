#!/bin/sh
# For trying images and Compose where no registry of images can be reached, and for nothing else: builds stand-ins for the public base images, under the same
# names, from Debian's packages. Needs docker (DOCKER_HOST), debootstrap, root, and the project's node_modules. What has no Debian package
# (Grafana, the OpenTelemetry collector) gets none.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

if ! docker image inspect debian:12-slim >/dev/null 2>&1; then
  debootstrap --variant=minbase bookworm "$WORK/rootfs" >"$WORK/debootstrap.log"
  rm -rf "$WORK"/rootfs/var/cache/apt/archives/*.deb "$WORK"/rootfs/var/lib/apt/lists/*
  tar -C "$WORK/rootfs" -c . | docker import - debian:12-slim
fi

# Node and npm of this machine's project, and its certificates, so that npm reaches what this machine reaches.
mkdir -p "$WORK/node"
cp -L "$ROOT/node_modules/.bin/node" "$WORK/node/node"
cp -rL "$(npm root -g 2>/dev/null)/npm" "$WORK/node/npm"
cp -L /etc/ssl/certs/ca-certificates.crt "$WORK/node/"
cat >"$WORK/node/Dockerfile" <<'END'
FROM debian:12-slim
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
 && echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >/root/.npmrc && useradd --uid 1000 --create-home node
END
docker build --network host -t node:24-bookworm-slim "$WORK/node"

debian_image() { # NAME PACKAGES… ; the rest of the Dockerfile comes on standard input
  name=$1; shift
  mkdir -p "$WORK/one"
  { printf 'FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends %s && rm -rf /var/lib/apt/lists/*\n' "$*"; cat; } >"$WORK/one/Dockerfile"
  docker build --network host -t "$name" "$WORK/one"
}

debian_image redis:8.2-bookworm redis-server <<'END'
RUN usermod -u 999 redis && groupmod -g 999 redis || true
RUN mkdir -p /data && chown 999:999 /data
WORKDIR /data
USER 999:999
CMD ["redis-server"]
END

debian_image postgres:18-bookworm postgresql-15 <<'END'
RUN printf '#!/bin/sh\nset -e\nB=/usr/lib/postgresql/15/bin\nexport PGDATA=/var/lib/postgresql/data\nif [ ! -s $PGDATA/PG_VERSION ]; then\n  $B/initdb --username=$POSTGRES_USER --pwfile=$POSTGRES_PASSWORD_FILE --auth-host=scram-sha-256 --auth-local=trust\n  echo "host all all all scram-sha-256" >>$PGDATA/pg_hba.conf\n  $B/pg_ctl -w -o "-c listen_addresses=" start && $B/createdb -U $POSTGRES_USER $POSTGRES_DB && $B/pg_ctl -w stop\nfi\nshift || true\nexec $B/postgres -c listen_addresses=* "$@"\n' >/usr/local/bin/stand-in && chmod 755 /usr/local/bin/stand-in && ln -s /usr/lib/postgresql/15/bin/pg_isready /usr/local/bin/ 2>/dev/null || true
RUN mkdir -p /var/lib/postgresql/data /var/run/postgresql && chown -R postgres /var/lib/postgresql /var/run/postgresql && chmod 700 /var/lib/postgresql/data
USER postgres
ENTRYPOINT ["/usr/local/bin/stand-in"]
END

debian_image prom/prometheus:v3.8.0 prometheus <<'END'
RUN mkdir -p /prometheus && chown 65534:65534 /prometheus
USER 65534:65534
ENTRYPOINT ["/usr/bin/prometheus"]
END

debian_image rabbitmq:4-management rabbitmq-server <<'END'
RUN printf '#!/bin/sh\nset -e\nprintf "default_user = %%s\\ndefault_pass = %%s\\nlisteners.tcp.default = 0.0.0.0:5672\\n" "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_PASS" >/etc/rabbitmq/rabbitmq.conf\nchown -R rabbitmq /var/lib/rabbitmq /etc/rabbitmq\nunset RABBITMQ_DEFAULT_PASS\nexec runuser -u rabbitmq -- "$@"\n' >/usr/local/bin/docker-entrypoint.sh && chmod 755 /usr/local/bin/docker-entrypoint.sh
ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
END
