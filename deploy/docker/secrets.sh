#!/bin/sh
# Makes the secrets of docker-compose.yml in deploy/secrets, each once: what is there stays. An empty provider key means that it is not asked.
# The files can be read by everybody who gets into the folder (containers run as users of their own), and only the owner gets in.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 0700 secrets
cd secrets
random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { [ -e "$1" ] || { printf '%s' "$2" >"$1.part" && chmod 0444 "$1.part" && mv "$1.part" "$1"; }; }

keep redis_password "$(random)"
keep postgres_password "$(random)"
keep rabbitmq_password "$(random)"
keep grafana_password "$(random)"
keep data_key "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
keep cache_redis_url "redis://:$(cat redis_password)@redis-cache:6379"
keep database_url "postgres://sluice:$(cat postgres_password)@postgres:5432/sluice"
keep rabbitmq_url "amqp://sluice:$(cat rabbitmq_password)@rabbitmq:5672"
for provider in virustotal abuseipdb urlscan shodan gemini; do
  [ -e "${provider}_api_key" ] || { : >"${provider}_api_key" && chmod 0444 "${provider}_api_key"; }
done
