import { type JobDelta, type JobId, JobsMessage, type JobSummary, SocketMessage } from '@sluice/contracts';
import { WebSocket } from 'ws';
import type { TestGateway } from './gateways.ts';

export interface Reader {
  socket: WebSocket;
  /** Everything that came, each parsed by its contract. */
  messages: SocketMessage[];
  /** Numbers of the events that came; a snapshot is none. */
  seqs(): number[];
  closed: Promise<{ code: number; reason: string }>;
}

/** A reader of a job, open when this resolves; rejects with the status of a refusal. */
export function read({ url, key }: TestGateway, jobId: string, query = ''): Promise<Reader> {
  const address = `${url.replace('http', 'ws')}/api/pipeline/ws/job/${jobId}${query}`;
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${key}` } });
  const messages: SocketMessage[] = [];
  socket.on('message', (data) => messages.push(SocketMessage.parse(JSON.parse((data as Buffer).toString()))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const seqs = () => messages.filter(({ type }) => type !== 'snapshot').map(({ seq }) => seq);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, messages, seqs, closed }));
    socket.once('error', reject);
  });
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/** The request of an upgrade, byte for byte. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const all = {
    host: 'x',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export interface StreamReader<M> {
  socket: WebSocket;
  /** Everything that came, each parsed by its contract. */
  messages: M[];
  closed: Promise<{ code: number; reason: string }>;
}

/** A reader of any stream, open when this resolves; rejects with the status of a refusal. */
export function readStream<M>(
  { url, key }: Pick<TestGateway, 'url' | 'key'>,
  path: string,
  contract: { parse(value: unknown): M },
  headers: Record<string, string> = { authorization: `Bearer ${key}` },
): Promise<StreamReader<M>> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/pipeline/ws/${path}`, { headers });
  const messages: M[] = [];
  socket.on('message', (data) => messages.push(contract.parse(JSON.parse((data as Buffer).toString()))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, messages, closed }));
    socket.once('error', reject);
  });
}

export interface JobsReader extends StreamReader<JobsMessage> {
  deltas(): JobDelta[];
  /** The list as a reader keeps it: what the messages make of it. */
  list(): Map<JobId, JobSummary>;
  /** Where it goes on; undefined before its first message. */
  position(): string | undefined;
}

/** A reader of all jobs of the key's tenant. `held`: what it has from before. */
export async function readJobs(
  gateway: Pick<TestGateway, 'url' | 'key'>,
  query = '',
  held: ReadonlyMap<JobId, JobSummary> = new Map(),
): Promise<JobsReader> {
  const reader = await readStream(gateway, `jobs${query}`, JobsMessage);
  const deltas = () => reader.messages.flatMap((message) => (message.type === 'deltas' ? message.deltas : []));
  const list = () => {
    let jobs = new Map(held);
    for (const message of reader.messages) {
      if (message.type === 'snapshot') jobs = new Map(message.jobs.map((job) => [job.jobId, job]));
      if (message.type !== 'deltas') continue;
      for (const { type, job } of message.deltas) {
        if (type === 'gone') jobs.delete(job.jobId);
        else jobs.set(job.jobId, job);
      }
    }
    return jobs;
  };
  const position = () => {
    const last = reader.messages.findLast(({ type }) => type !== 'stale');
    if (last === undefined || last.type === 'stale') return undefined;
    return `${last.epoch}.${last.type === 'deltas' ? last.deltas.at(-1)?.seq : last.seq}`;
  };
  return { ...reader, deltas, list, position };
}
