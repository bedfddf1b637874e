import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createLogger } from '@sluice/fleet/service';
import { noJob } from '../jobs/archive.ts';
import type { Caller } from '../keys/caller.ts';
import { createSocketDoor, type SocketDoorConfig } from './door.ts';

const CALLER: Caller = { keyId: 'k', name: 'k', tenant: 'default', role: 'admin', by: 'key', expiresMs: null };

/** A connection whose answer is kept. */
class Connection extends Duplex {
  answer = '';
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.answer += String(chunk);
    done();
  }
}

test('a reader who goes while the key is looked at takes no place', async () => {
  const looked: PromiseWithResolvers<Caller>[] = [];
  const log = createLogger('test', 'test', 'error');
  log.silent = true;
  const config: Partial<SocketDoorConfig> = {
    gate() {
      const one = Promise.withResolvers<Caller>();
      looked.push(one);
      return one.promise;
    },
    findJob: () => Promise.reject(noJob()),
    feeds: { join: () => () => undefined, stop: () => undefined },
    fleet: { join: () => () => undefined, stop: () => undefined },
    limits: { most: 1, mostPerKey: 1 },
    log,
  };
  // Nothing else is needed where no job is found.
  const door = createSocketDoor(config as SocketDoorConfig);
  const server = new EventEmitter();
  door.attach(server as Server);
  const knock = async (isLeaving: boolean): Promise<Connection> => {
    const connection = new Connection();
    const request = { url: '/api/pipeline/ws/job/01890000-0000-7000-8000-00000000000a', headers: {}, method: 'GET' };
    const closed = new Promise((resolve) => connection.once('close', resolve));
    server.emit('upgrade', request, connection, Buffer.alloc(0));
    if (isLeaving) {
      connection.destroy();
      await closed;
    }
    looked.at(-1)?.resolve(CALLER);
    await closed;
    return connection;
  };
  for (let n = 0; n < 3; n += 1) await knock(true);
  expect((await knock(false)).answer).toMatch(/^HTTP\/1\.1 404 /);
  door.stop();
});
