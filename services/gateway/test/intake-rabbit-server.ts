import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@sluice/testkit';
import { connect as connectAmqp } from 'amqplib';

/** Unpacked once, and kept. */
const CACHE = fileURLToPath(new URL('../../../.cache/rabbitmq/', import.meta.url));
const START_WITHIN_MS = 120_000;

export interface RabbitServer {
  port: number;
  tlsPort: number | null;
  /** Of its certificate, which is its own authority. */
  certFile: string;
  /** What it said. */
  log(): Promise<string>;
  /** As `kill -9`; the queues stay. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Debian's RabbitMQ and Erlang, downloaded with apt and unpacked into a private folder: nothing is installed, and nothing outside that folder and a temporary
 * one is written.
 */
async function unpackedRabbit(): Promise<string> {
  const root = join(CACHE, 'root');
  if (existsSync(root)) return root;
  await rm(CACHE, { recursive: true, force: true });
  const packages = join(CACHE, 'packages');
  await mkdir(packages, { recursive: true });
  const options = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
    (kind) => `--no-${kind}`,
  );
  const needed = execFileSync('apt-cache', ['depends', '--recurse', ...options, 'rabbitmq-server'], {
    encoding: 'utf8',
  });
  const names = needed.match(/^(erlang-[\w-]+|rabbitmq-server)$/gm) ?? [];
  execFileSync('apt-get', ['download', ...new Set(names)], { cwd: packages, stdio: ['ignore', 'ignore', 'inherit'] });
  const unfinished = join(CACHE, 'unfinished');
  for (const file of await readdir(packages)) execFileSync('dpkg', ['-x', join(packages, file), unfinished]);
  // Debian's Erlang insists on its place in the system.
  const starter = join(unfinished, 'usr/lib/erlang/bin/erl');
  const script = await readFile(starter, 'utf8');
  await writeFile(
    starter,
    script.replaceAll(/ROOTDIR=\/usr\/lib\/erlang$/gm, `ROOTDIR=${join(root, 'usr/lib/erlang')}`),
  );
  await rename(unfinished, root);
  return root;
}

function makeCertificate(folder: string): { certFile: string; keyFile: string } {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
  return { certFile, keyFile };
}

/** A real RabbitMQ on free loopback ports, with the user `guest`. */
export async function startRabbit(): Promise<RabbitServer> {
  const root = await unpackedRabbit();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-rabbitmq-'));
  const { certFile, keyFile } = makeCertificate(dir);
  const [port, tlsPort, epmdPort, distPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const config = [
    `listeners.tcp.default = 127.0.0.1:${port}`,
    `listeners.ssl.default = 127.0.0.1:${tlsPort}`,
    `ssl_options.cacertfile = ${certFile}`,
    `ssl_options.certfile = ${certFile}`,
    `ssl_options.keyfile = ${keyFile}`,
    'ssl_options.verify = verify_none',
  ];
  await writeFile(join(dir, 'rabbitmq.conf'), config.join('\n'));
  const erlang = join(root, 'usr/lib/erlang');
  const env = {
    PATH: `${join(erlang, 'bin')}:${process.env.PATH}`,
    HOME: dir,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `sluice-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'pid'),
  };
  // Each in a group of its own, so that its own children end with it.
  const run = (command: string, words: string[]) =>
    spawn(command, words, { cwd: dir, env, detached: true, stdio: 'ignore' });
  const epmd = run(join(erlang, 'bin/epmd'), ['-address', '127.0.0.1', '-port', String(epmdPort)]);
  const [library = ''] = await readdir(join(root, 'usr/lib/rabbitmq/lib'));
  const program = join(root, 'usr/lib/rabbitmq/lib', library, 'sbin/rabbitmq-server');
  const start = async () => {
    const started = run(program, []);
    // It listens before it can answer.
    await eventually(async () => (await connectAmqp(`amqp://127.0.0.1:${port}`)).close(), START_WITHIN_MS);
    await eventually(() => reach(tlsPort), START_WITHIN_MS);
    return started;
  };
  let server = await start();
  const crash = async () => {
    await end(server);
    // Its starter is gone; the program itself may need a moment more.
    await eventually(() =>
      reach(port).then(
        () => false,
        () => true,
      ),
    );
  };
  return {
    port,
    tlsPort,
    certFile,
    crash,
    log: () => readFile(join(dir, 'log', `sluice-${port}@localhost.log`), 'utf8'),
    async restart() {
      server = await start();
    },
    async stop() {
      await Promise.all([crash(), end(epmd)]);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
