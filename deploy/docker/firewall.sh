#!/bin/sh
# Rules for the host of docker-compose.yml, as root, after Docker has started (it keeps none of them): who may call the world (sandbox, analyzers, aggregators, collector) reaches public
# addresses alone; the gateway, and what else is published, calls nobody; and none of them reaches the host itself. Without it a taken-over sandbox reaches what this machine reaches.
set -eu
rule() { # CHAIN …
  chain=$1; shift
  iptables -C "$chain" "$@" 2>/dev/null || iptables -I "$chain" "$@"
}
for private in 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/4; do
  rule DOCKER-USER -i sluice-outside ! -o sluice-outside -d "$private" -j DROP
done
rule DOCKER-USER -i sluice-front ! -o sluice-front -m conntrack --ctstate NEW -j DROP
for bridge in sluice-outside sluice-front; do rule INPUT -i "$bridge" -m conntrack --ctstate NEW -j DROP; done
