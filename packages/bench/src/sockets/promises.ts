import { quantile } from '../measure.ts';
import type { Told } from './reader-host.ts';

/** The requirements' bound of an event on its way to a client. */
const WANTED_MS = 2_000;

interface Seen {
  /** Under load, and of the time after it. */
  told: Told;
  last: Told;
  /** Submissions. */
  refused: number;
  socketsRefused: number;
  gaps: number;
  /** Sockets that are to be open, and jobs whose end each reader of a tenant is to see. */
  sockets: number;
  ends: number;
}

/** What was promised and was not so. Pure. */
export function brokenBy({ told, last, refused, socketsRefused, gaps, sockets, ends }: Seen): string[] {
  const open = told.open.jobs + told.open.job;
  const slow = { job: quantile(told.jobMs, 0.99), tenant: quantile(told.tenantMs, 0.99) };
  return [
    ...(open < sockets ? [`${open} sockets were open`] : []),
    ...(refused > 0 ? [`${refused} submissions were refused`] : []),
    ...(socketsRefused > 0 ? [`${socketsRefused} sockets were refused`] : []),
    ...(gaps > 0 ? [`${gaps} events are missing or came twice`] : []),
    ...(isDropped(last.closed) ? [`sockets were closed: ${JSON.stringify(last.closed)}`] : []),
    ...(last.ended[0] < ends ? [`a reader saw the end of ${last.ended[0]} jobs only`] : []),
    ...Object.entries(slow).flatMap(([stream, ms]) =>
      ms < WANTED_MS ? [] : [`p99 of a ${stream}'s events: ${ms} ms`],
    ),
  ];
}

/** A job that fails closes its readers with 1000; none is to fail, but that is not what is measured here. */
function isDropped(closed: Told['closed']): boolean {
  return Object.keys(closed).some((code) => code !== '1000');
}
