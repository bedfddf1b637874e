import { Counter, Gauge, Histogram } from 'prom-client';

export const policyChecks = new Counter({
  name: 'sluice_policy_checks_total',
  help: 'Policy checks of recipients by door (tcp, http), verdict (accept, reject, defer, unsure) and where the address is known from (memory, cache, stale, record, none).',
  labelNames: ['door', 'verdict', 'source'],
});

export const policyDuration = new Histogram({
  name: 'sluice_policy_check_duration_seconds',
  help: 'Time that a policy check took to be decided.',
  buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
});

export const policyConnections = new Gauge({
  name: 'sluice_policy_connections',
  help: 'Open connections of the policy service at this moment.',
});

export const policyCutOff = new Counter({
  name: 'sluice_policy_cut_off_total',
  help: 'Connections of the policy service that this side ended: malformed, slow, idle, full.',
  labelNames: ['reason'],
});
