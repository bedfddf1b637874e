import { withExemplars } from '@sluice/fleet/service';
import { Counter, Gauge, Histogram } from 'prom-client';

export const visitsDone = new Counter({
  name: 'sluice_sandbox_visits_total',
  help: 'Visits made, by what made them (browser, http) and outcome: landed, download, none, or why the last of it was cut.',
  labelNames: ['by', 'outcome'],
});

export const visitSeconds = new Histogram({
  name: 'sluice_sandbox_visit_seconds',
  help: 'Time of one visit, waiting for its place included, by what made it.',
  labelNames: ['by'],
  buckets: [0.1, 0.5, 1, 2, 3, 5, 10, 15, 20, 30, 45],
  ...withExemplars,
});

export const browserStarts = new Counter({
  name: 'sluice_sandbox_browser_starts_total',
  help: 'Starts of the browser that were tried: the first one, after a crash, after a number of visits.',
});

export const guardRefusals = new Counter({
  name: 'sluice_sandbox_guard_refusals_total',
  help: 'Connections that the guard refused, by the class of the address, or dns.',
  labelNames: ['why'],
});

export const browserUp = new Gauge({
  name: 'sluice_sandbox_browser_up',
  help: '1: visits are made by the browser. 0: there is none, and a plain HTTP client makes them.',
});
