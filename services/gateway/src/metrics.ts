import { withExemplars } from '@sluice/fleet/service';
import { Counter, Gauge, Histogram } from 'prom-client';

export const requestDuration = new Histogram({
  name: 'sluice_http_request_duration_seconds',
  help: 'Time from the head of a request to the end of its answer, by route and status.',
  labelNames: ['route', 'status'],
  buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
  ...withExemplars,
});

export const submissions = new Counter({
  name: 'sluice_submissions_total',
  help: 'Submissions that were answered with a job, by pipeline; repeated ones too.',
  labelNames: ['pipeline'],
});

export const mailBytes = new Histogram({
  name: 'sluice_mail_bytes',
  help: 'Sizes of the mails that were taken in.',
  buckets: [1e3, 1e4, 1e5, 1e6, 5e6, 1e7, 2.5e7],
});

export const problems = new Counter({
  name: 'sluice_http_problems_total',
  help: 'Requests that were answered with a problem, by its code.',
  labelNames: ['code'],
});

export const switchedOff = new Gauge({
  name: 'sluice_switched_off',
  help: '1 while the operator has switched a pipeline or a provider off, by kind and name. The same from every gateway.',
  labelNames: ['kind', 'name'],
});

export const socketsOpen = new Gauge({
  name: 'sluice_sockets_open',
  help: 'Sockets that are open at this moment.',
});

export const socketsClosed = new Counter({
  name: 'sluice_sockets_closed_total',
  help: 'Sockets that this side closed: ended, stopping, refused, trouble, slow, silent.',
  labelNames: ['reason'],
});
