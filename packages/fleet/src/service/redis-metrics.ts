import { Gauge, Histogram } from 'prom-client';
import { mastersOf, type Redis } from '../redis/index.ts';
import { readForScrape } from './scrape.ts';

/** Shows whether the queue's server answers this process, and how fast: asked at each scrape, of a Cluster every master. */
export function watchRedis(redis: Redis): Gauge {
  const pingSeconds = new Histogram({
    name: 'sluice_redis_ping_seconds',
    help: 'Time of a ping to the server of the queue, one before each scrape.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1],
  });
  return new Gauge({
    name: 'sluice_redis_up',
    help: '1 while the server of the queue answers this process.',
    async collect() {
      const startedMs = performance.now();
      const answers = await readForScrape(() => Promise.all(mastersOf(redis).map((master) => master.ping())));
      const isUp = answers !== null && answers.length > 0;
      if (isUp) pingSeconds.observe((performance.now() - startedMs) / 1_000);
      this.set(isUp ? 1 : 0);
    },
  });
}
