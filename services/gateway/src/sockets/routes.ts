import { JobId, SluiceError, StreamPosition } from '@sluice/contracts';
import { z } from 'zod';
import { noJob } from '../jobs/archive.ts';
import { TenantQuery } from '../http/routes/parameters.ts';
import { type Route, route } from '../http/route.ts';
import { ACCESS } from './admission.ts';

const CROWDED = ['too-many-sockets', 'sockets-full', 'stopping'] as const;
const upgraded = (message: string) => ({ 101: { says: `Messages are \`${message}\`.` } });

/** The sockets, for the document; they are served by `door.ts`, and asked without an upgrade they say so. */
export function socketRoutes(): Route[] {
  return [jobSocket(), jobsSocket(), fleetSocket()];
}

function jobSocket(): Route {
  return route({
    method: 'get',
    path: '/api/pipeline/ws/job/{id}',
    name: 'socket',
    chapter: 'Jobs',
    summary: 'WebSocket: a snapshot and then every event of the job in order; with `after` only the events above it.',
    access: ACCESS.job,
    params: z.object({ id: JobId }),
    absent: noJob,
    query: z.object({
      ...TenantQuery.shape,
      after: z
        .string()
        .regex(/^\d{1,9}$/)
        .optional(),
    }),
    answers: upgraded('SocketMessage'),
    problems: ['upgrade-required', 'job-not-found', 'bad-sequence', 'foreign-tenant', ...CROWDED],
    handle: sayUpgrade,
  });
}

function jobsSocket(): Route {
  return route({
    method: 'get',
    path: '/api/pipeline/ws/jobs',
    name: 'socketOfTenant',
    chapter: 'Jobs',
    summary:
      'WebSocket: all jobs of the tenant, in a line each: a snapshot, then what changes; with `after` (EPOCH.NUMBER) only what changed since.',
    access: ACCESS.jobs,
    query: z.object({ ...TenantQuery.shape, after: StreamPosition.optional() }),
    answers: upgraded('JobsMessage'),
    problems: ['upgrade-required', 'bad-sequence', 'foreign-tenant', ...CROWDED],
    handle: sayUpgrade,
  });
}

function fleetSocket(): Route {
  return route({
    method: 'get',
    path: '/api/pipeline/ws/fleet',
    name: 'socketOfFleet',
    chapter: 'Fleet',
    summary: 'WebSocket: how the fleet is, and once a second what has changed in it.',
    access: ACCESS.fleet,
    answers: upgraded('FleetMessage'),
    problems: ['upgrade-required', ...CROWDED],
    handle: sayUpgrade,
  });
}

function sayUpgrade({ response }: { response: { set(headers: Record<string, string>): unknown } }): never {
  response.set({ upgrade: 'websocket', connection: 'Upgrade' });
  throw new SluiceError('upgrade-required', 'This path is a WebSocket.', { httpStatus: 426 });
}
