import { spawn } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BlobRef, JobId } from '@sluice/contracts';

const require = createRequire(import.meta.url);
/** s3rver's only account. */
const CREDENTIALS = 'S3RVER:S3RVER';
const BUCKET = 'mails';

/** A place for blobs, and where it keeps its files, so that tests can damage them. */
export interface TestPlace {
  /** As `BLOB_STORE_URL`; undefined for a folder. */
  url: string | undefined;
  /** As `SLUICE_DATA_DIR`. */
  dataDir: string;
  fileOf(ref: BlobRef): string;
  manifestOf(jobId: JobId): string;
  stop(): Promise<void>;
}

export interface TestS3 extends TestPlace {
  url: string;
  pause(): void;
  resume(): void;
}

export const randomKey = () => createSecretKey(randomBytes(32));

export async function startFolder(): Promise<TestPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-blobs-'));
  return {
    url: undefined,
    dataDir,
    fileOf: (ref) => join(dataDir, 'blobs', keyOf(ref)),
    manifestOf: (jobId) => join(dataDir, 'inbox', `${jobId}.json`),
    stop: () => rm(dataDir, { recursive: true }),
  };
}

/** A real S3-compatible server (s3rver) in a process and a folder of its own, with one bucket. */
export async function startS3(): Promise<TestS3> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  const program = require.resolve('s3rver/bin/s3rver.js');
  // Its tokens of long lists are made with DES, which OpenSSL 3 has only on request.
  const node = ['--openssl-legacy-provider', '--disable-warning=DEP0040', program];
  const options = ['-d', dataDir, '-a', '127.0.0.1', '-p', '0', '-s', '--configure-bucket', BUCKET];
  // It answers a PUT before the file is written; with one thread for files that write still comes first.
  const env = { UV_THREADPOOL_SIZE: '1' };
  const server = spawn(process.execPath, [...node, ...options], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  const port = await portOf(createInterface({ input: server.stdout }));
  const objects = join(dataDir, BUCKET);
  return {
    url: `s3://${CREDENTIALS}@127.0.0.1:${port}/${BUCKET}?region=eu-central-1&tls=off`,
    dataDir,
    fileOf: (ref) => join(objects, 'blobs', `${keyOf(ref)}._S3rver_object`),
    manifestOf: (jobId) => join(objects, 'inbox', `${jobId}.json._S3rver_object`),
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      server.kill('SIGKILL');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function portOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const port = /listening on .*:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error('the S3-compatible server ended before it listened');
}

function keyOf(ref: BlobRef): string {
  const [tenant = '', hash = ''] = ref.split('/');
  return `${tenant}/${hash.slice(0, 2)}/${hash}`;
}
