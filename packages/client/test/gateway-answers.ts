import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { runCommand } from '../src/command/command.ts';
import type { Terminal } from '../src/command/terminal.ts';

/** What a path answers with: a value is JSON with status 200; a number a problem of that status. */
export type Answers = Readonly<Record<string, unknown>>;

export interface Heard {
  /** `POST /api/x?y=1`. */
  line: string;
  body: string;
  key: string | undefined;
}

/** A gateway that answers by verb and path, and notes what it was asked. */
export async function startAnswering(answers: Answers) {
  const heard: Heard[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    const { method = '', url = '' } = request;
    heard.push({ line: `${method} ${url}`, body, key: request.headers.authorization?.replace('Bearer ', '') });
    const told = answers[`${method} ${url}`] ?? answers[`${method} ${url.split('?')[0]}`] ?? 404;
    const isProblem = typeof told === 'number';
    response.writeHead(isProblem ? told : told === null ? 204 : 200, { 'content-type': 'application/json' });
    const problem = { type: 'x', title: 'No', status: told, code: CODES[told as number] ?? 'odd', detail: 'It is so.' };
    if (told === null) response.end();
    else response.end(typeof told === 'string' ? told : JSON.stringify(isProblem ? problem : told));
  }
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const CODES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'job-not-found',
  409: 'job-ended',
};

/** Runs the command in this process, on a terminal that is none. */
export async function run(words: readonly string[], env: Record<string, string>) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const written = { out: '', err: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  const terminal = { stdin, stdout, stderr, cwd: () => '/', on: () => terminal, exit: () => undefined };
  const status = await runCommand(words, env, terminal as unknown as Terminal);
  return { status, ...written };
}
