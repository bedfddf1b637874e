import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { createPage } from '../src/page/files.ts';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const FRONT = '<!doctype html><title>front</title>';
const SCRIPT = 'export const a = 1;'.repeat(100);

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  await writeFile(join(folder, 'dist/index.html'), FRONT);
  await writeFile(join(folder, 'dist/assets/index-a1.js'), SCRIPT);
  await writeFile(join(folder, 'secret.js'), 'secret');
  const app = express();
  app.use(createPage({ folder: join(folder, 'dist') }));
  app.use((_request, response) => void response.status(404).send('not the page'));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A path as it is written: no client straightens it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, headers, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject).end();
  });
}

describe('the page', () => {
  test.each(['/', '/jobs', '/jobs/01890000-0000-7000-8000-00000000000a/mail', '/nowhere'])(
    'has its front at %s for a browser, never stored, and runs nothing but files of its own',
    async (path) => {
      const { status, headers, body } = await get(path, HTML);
      expect([status, body.toString()]).toEqual([200, FRONT]);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
      expect(headers['content-type']).toContain('text/html');
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  test('keeps a file with a hash in its name for ever, squeezed for those who can take it', async () => {
    const plain = await get('/assets/index-a1.js');
    expect([plain.status, plain.body.toString()]).toEqual([200, SCRIPT]);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toContain('text/javascript');
    const squeezed = await get('/assets/index-a1.js', { 'accept-encoding': 'gzip, br' });
    expect(squeezed.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: expect.stringMatching(/accept-encoding/i) as unknown,
    });
    expect(gunzipSync(squeezed.body).toString()).toBe(SCRIPT);
  });

  test.each([
    ['the API', '/api/pipeline/jobs', HTML],
    ['what is not asked for as a page', '/jobs', {}],
    ['a file that is not there', '/assets/index-b2.js', HTML],
    ['a way out of the folder', '/assets/../../secret.js', HTML],
    ['an encoded way out', '/assets/..%2f..%2fsecret.js', HTML],
    ['another encoded way out', '/assets/%2e%2e/%2e%2e/secret.js', HTML],
  ])('leaves %s to others', async (_what, path, headers) => {
    const { status, body } = await get(path, headers);
    expect([status, body.toString()]).toEqual([404, 'not the page']);
  });

  test('is only read', async () => {
    expect((await get('/', HTML, 'POST')).status).toBe(404);
  });
});
