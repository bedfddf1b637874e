import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '@sluice/testkit';
import { ANSWER_MS } from './model.ts';

export interface Door {
  url: string;
  /** When calls arrived since the last time that this was asked: ms on one monotonic clock. */
  take(): number[];
  stop(): Promise<void>;
}

/** A provider that refuses nothing: it notes when a call arrives, and answers after a while. */
export async function openDoor(seed: number): Promise<Door> {
  const random = seededRandom(seed);
  let arrivalsMs: number[] = [];
  const server = createServer((_request, response) => {
    arrivalsMs.push(performance.now());
    const answerMs = ANSWER_MS.least + (ANSWER_MS.most - ANSWER_MS.least) * random();
    void wait(answerMs).then(() => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    take: () => {
      const taken = arrivalsMs;
      arrivalsMs = [];
      return taken;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
