import { SocketMessage } from '@sluice/contracts';
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
