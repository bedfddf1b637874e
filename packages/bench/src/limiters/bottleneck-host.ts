import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { callProvider, given, keepCalling, untilBegin } from './caller.ts';
import { LIMIT, WINDOW_MS } from './model.ts';

/** bottleneck, clustered: evenly spread starts (`spread`), or as many as the limit whenever its reservoir is filled again (`reservoir`). */
const pace =
  given.own[0] === 'spread'
    ? { minTime: WINDOW_MS / LIMIT }
    : { reservoir: LIMIT, reservoirRefreshAmount: LIMIT, reservoirRefreshInterval: WINDOW_MS };
const { hostname: host, port } = new URL(given.redisUrl);
const limiter = new Bottleneck({
  ...pace,
  maxConcurrent: LIMIT,
  id: 'door',
  datastore: 'ioredis',
  clientOptions: { host, port: Number(port) },
  Redis,
});
limiter.on('error', (error: unknown) => {
  throw error;
});
await limiter.ready();
await untilBegin();
await keepCalling(() => limiter.schedule({ expiration: 10_000 }, callProvider));
