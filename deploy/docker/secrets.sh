#!/bin/sh
# Makes the secrets of docker-compose.yml in deploy/secrets, each once: what is there stays. To be run again after an upgrade. An empty provider key means that it is not asked.
# The files can be read by everybody who gets into the folder (containers run as users of their own), and only the owner gets in.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 0700 secrets
cd secrets
random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { [ -e "$1" ] || { printf '%s' "$2" >"$1.part" && chmod 0444 "$1.part" && mv "$1.part" "$1"; }; }

keep admin_key "slu_$(random)"
keep postgres_password "$(random)"
keep rabbitmq_password "$(random)"
keep grafana_password "$(random)"
keep data_key "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
keep database_url "postgres://sluice:$(cat postgres_password)@postgres:5432/sluice"
keep rabbitmq_url "amqp://sluice:$(cat rabbitmq_password)@rabbitmq:5672"
for provider in virustotal abuseipdb urlscan shodan gemini; do
  [ -e "${provider}_api_key" ] || { : >"${provider}_api_key" && chmod 0444 "${provider}_api_key"; }
done

# A user for each service in the queue's and the cache's Redis, and the address with which it comes. Passwords stay; the rules are those of ../redis/*.acl anew each time.
users_of() { # SERVER ADDRESS
  rules=$(cat "../redis/$1.acl")
  for name in $(printf '%s\n' "$rules" | sed -n 's/^user \([a-z-]*\) on >PASSWORD_OF_.*/\1/p'); do
    url="$2_url_$(printf %s "$name" | tr - _)"
    keep "$url" "redis://$name:$(random)@redis-$1:6379"
    password=$(sed 's/^[^:]*:[^:]*:\([^@]*\)@.*/\1/' "$url")
    rules=$(printf '%s\n' "$rules" | sed "s/^\(user $name on >\)PASSWORD_OF_[A-Z_]*/\1$password/")
  done
  printf '%s\n' "$rules" >"redis_$1_users.part"
  chmod 0444 "redis_$1_users.part"
  mv -f "redis_$1_users.part" "redis_$1_users"
}
users_of queue redis
users_of cache cache_redis
