import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export const JOB_ID = '01a20166-32de-7be8-a259-1f678a214bd5';

interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;
/** What a reader gets instead of a stream, as HTTP. */
export interface Refusal {
  refusal: string;
}
export type Stream = ((socket: WebSocket) => void) | Refusal;

/** A gateway that answers what it is told: the first request gets the first answer, and so on; the last one stays. */
export interface FakeGateway {
  url: string;
  asked: Asked[];
  /** The addresses that sockets were opened with. */
  opened: string[];
  stop(): Promise<void>;
}

export async function startFakeGateway(answers: Answer[], streams: Stream[] = []): Promise<FakeGateway> {
  const asked: Asked[] = [];
  const opened: string[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: await readBody(request) };
    asked.push(one);
    const told = answers[Math.min(asked.length, answers.length) - 1] ?? answerWith(503, problem(503, 'away'));
    told(response, one);
  }
  const server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request, connection, head) => {
    opened.push(request.url ?? '');
    const stream = streams[Math.min(opened.length, streams.length) - 1];
    if (stream === undefined) connection.destroy();
    else if ('refusal' in stream) connection.end(stream.refusal);
    else sockets.handleUpgrade(request, connection, head, stream);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    opened,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The upgrade is refused with a problem. */
export function refuseWith(status: number, code: string): Refusal {
  const body = JSON.stringify(problem(status, code));
  const head = `HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: ${body.length}`;
  return { refusal: `${head}\r\n\r\n${body}` };
}

export const answerWith = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

export const hangUp: Answer = (response) => void response.socket?.destroy();

export const accepted = {
  jobId: JOB_ID,
  statusUrl: `/api/pipeline/jobs/${JOB_ID}/status`,
  reportUrl: `/api/pipeline/jobs/${JOB_ID}/report`,
  eventsUrl: `/api/pipeline/ws/job/${JOB_ID}`,
};

export function problem(status: number, code: string) {
  return { type: `urn:sluice:problem:${code}`, title: 'No', status, code, detail: `Because of ${code}.` };
}

export function statusWith(seq: number, state: string) {
  return {
    v: 1,
    jobId: JOB_ID,
    pipeline: 'email-scan',
    state,
    priority: 'normal',
    percent: 1,
    seq,
    revision: 0,
    createdMs: 1,
    startedMs: null,
    deadlineMs: null,
    endedMs: null,
    estimatedCompletionMs: null,
    stages: [],
    error: null,
    summary: null,
  };
}

export const snapshot = (seq: number, state = 'parsing') => {
  return JSON.stringify({ type: 'snapshot', jobId: JOB_ID, seq, status: statusWith(seq, state) });
};

export const event = (seq: number, body: object = { type: 'job.state', state: 'parsing' }) => {
  return JSON.stringify({ jobId: JOB_ID, seq, atMs: 1, ...body });
};

export const ended = (seq: number) => event(seq, { type: 'job.ended', state: 'completed' });

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  return body;
}
