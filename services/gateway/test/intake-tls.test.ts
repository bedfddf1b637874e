import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { begin, rawClient, say, startMailServer, type TestMailServer } from './intake-servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-intake-'));
const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', keyFile, '-out', certFile], {
  stdio: 'ignore',
});
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
afterAll(() => rmSync(folder, { recursive: true }));

let server: TestMailServer;
afterEach(() => server.stop());

test.each(['smtp', 'lmtp'] as const)('a mail comes over %s with STARTTLS, and its trace says so', async (door) => {
  server = await startMailServer(door, { tls });
  const options = {
    host: 'localhost',
    port: server.port,
    lmtp: door === 'lmtp',
    requireTLS: true,
    tls: { ca: tls.cert },
  };
  const transport = createTransport(options as object);
  await transport.sendMail({ envelope: { from: '', to: ['ann@one.example'] }, raw: 'Subject: x\r\n\r\ny\r\n' });
  transport.close();
  expect(server.taken[0]?.mail).toContain(door === 'smtp' ? ' with ESMTPS id ' : ' with LMTPS id ');
});

test('what was sent before the handshake is not heard after it', async () => {
  server = await startMailServer('smtp', { tls });
  const client = await rawClient(server.port);
  await say(client, 'EHLO client.example');
  client.send('STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n');
  expect(await client.until(/^220 .*\r\n/m)).toMatch(/^220 /);
  const { connect } = await import('node:tls');
  const secure = connect({ socket: client.socket, ca: tls.cert, servername: 'localhost' }).setEncoding('utf8');
  const failed = await new Promise<boolean>((resolve) => {
    secure.once('error', () => resolve(true));
    secure.once('secureConnect', () => resolve(false));
  });
  if (!failed) {
    secure.write('RCPT TO:<ann@one.example>\r\n');
    expect(await new Promise((resolve) => secure.once('data', resolve))).toMatch(/^503 /);
  }
  secure.destroy();
});

test('without TLS a mail is taken in all the same', async () => {
  server = await startMailServer('smtp', { tls });
  const client = await rawClient(server.port);
  await begin(client, 'ann@one.example');
  expect(await say(client, 'Text\r\n.')).toMatch(/^250 /);
  client.socket.destroy();
});
