import { connect, type Socket } from 'node:net';
import { freePort } from '@sluice/testkit';
import type { Recipient, Submit } from '../src/intake/port.ts';
import { createBudget } from '../src/budget.ts';
import { LIMITS, type MailServerLimits } from '../src/intake/smtp/limits.ts';
import { createMailServer } from '../src/intake/smtp/server.ts';
import { silentLog } from './gateways.ts';

/** What was submitted, in the order of its arrival. */
export interface Taken {
  mail: string;
  tenant: string;
  key: string;
}

export interface TestMailServer {
  port: number;
  taken: Taken[];
  /** What submissions end with from now on; undefined: with a job. */
  refuse(error: unknown, tenant?: string): void;
  /** Submissions wait until the function that comes back is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

export const RECIPIENTS: Record<string, Recipient> = {
  'ann@one.example': { tenant: 'one', isActive: true },
  'ben@one.example': { tenant: 'one', isActive: true },
  'cat@two.example': { tenant: 'two', isActive: true },
  'old@one.example': { tenant: 'one', isActive: false },
};

interface Options {
  limits?: Partial<MailServerLimits>;
  tls?: { cert: Buffer; key: Buffer };
  maxConnections?: number;
  memoryBytes?: number;
  find?: (address: string) => Promise<Recipient | null>;
}

/** A mail server as the gateway runs it, in front of a fleet that keeps everything in memory. */
export async function startMailServer(door: 'smtp' | 'lmtp', options: Options = {}): Promise<TestMailServer> {
  const taken: Taken[] = [];
  const refusals = new Map<string | undefined, unknown>();
  let held: Promise<void> | undefined;
  const submit: Submit = async ({ mail }, tenant, key) => {
    await held;
    const refusal = refusals.get(tenant) ?? refusals.get(undefined);
    if (refusal !== undefined) throw refusal;
    taken.push({ mail: Buffer.from(mail).toString('latin1'), tenant, key });
    return `job-${taken.length}`;
  };
  const stamps = new Map<string, string>();
  const server = createMailServer({
    door,
    submit,
    recipients: { find: options.find ?? ((address) => Promise.resolve(RECIPIENTS[address] ?? null)) },
    stamps: {
      stamp(mail, trace, tenant) {
        const name = `${tenant} ${Buffer.from(mail).toString('latin1')}`;
        const first = stamps.get(name) ?? trace;
        stamps.set(name, first);
        return Promise.resolve(Buffer.concat([Buffer.from(first), mail]));
      },
    },
    budget: createBudget(options.memoryBytes ?? 2 ** 30),
    name: 'mx.fleet.example',
    maxConnections: options.maxConnections ?? 20,
    log: silentLog(),
    limits: { ...LIMITS, ...options.limits },
    ...(options.tls ? { tls: options.tls } : {}),
  });
  const port = await freePort();
  await server.listen(port, '127.0.0.1');
  return {
    port,
    taken,
    refuse: (error, tenant) => void refusals.set(tenant, error),
    hold() {
      const gate = Promise.withResolvers<void>();
      held = gate.promise;
      return gate.resolve;
    },
    stop: server.stop,
  };
}

/** A client that sends bytes as they are. */
export interface RawClient {
  socket: Socket;
  /** Everything that was heard so far. */
  heard(): string;
  send(bytes: string): void;
  /** The answers up to one that matches, that are not consumed yet; all of them when the other side closes. */
  until(pattern: RegExp): Promise<string>;
  ended: Promise<void>;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  let from = 0;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  socket.on('data', (chunk: string) => {
    text += chunk;
    tell();
  });
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      isOver = true;
      tell();
      resolve();
    });
  });
  const client: RawClient = {
    socket,
    heard: () => text,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    ended,
    until: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          const rest = text.slice(from);
          const match = pattern.exec(rest);
          if (match === null && !isOver) return;
          listeners.delete(look);
          const end = match === null ? rest.length : match.index + match[0].length;
          from += end;
          resolve(rest.slice(0, end));
        };
        listeners.add(look);
        look();
      }),
  };
  await client.until(/^220 .*\r\n/m);
  return client;
}

/** Says a line and gives back the whole answer to it. */
export async function say(client: RawClient, line: string): Promise<string> {
  client.send(`${line}\r\n`);
  return client.until(/^\d{3} .*\r\n/m);
}

/** As far as the 354 of a mail from nobody in particular to these. */
export async function begin(client: RawClient, ...recipients: string[]): Promise<string> {
  await say(client, 'EHLO client.example');
  await say(client, 'MAIL FROM:<sender@example.org>');
  for (const recipient of recipients) await say(client, `RCPT TO:<${recipient}>`);
  return say(client, 'DATA');
}
