import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { freePort, startRedis } from '@sluice/testkit';
import { type Peer, startProgram } from './peer.ts';

/** Debian's `rspamd` with a Redis of its own for its Bayes filter; or null where it is not installed. No name resolves, and quickly so. */
export async function startRspamd(): Promise<Peer | null> {
  const [, version] = /version (\S+)/.exec(spawnSync('rspamd', ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? [];
  if (version === undefined) return null;
  const redis = await startRedis();
  const [scanPort, learnPort] = [await freePort(), await freePort()];
  const address = new URL(redis.url);
  try {
    const { stop } = await startProgram({
      command: 'rspamd',
      args: (home) => [
        '--no-fork',
        '--insecure',
        '--config=/etc/rspamd/rspamd.conf',
        ...['LOCAL_CONFDIR', 'DBDIR', 'LOGDIR', 'RUNDIR'].map((name) => `--var=${name}=${home}`),
      ],
      async prepare(home) {
        await mkdir(join(home, 'override.d'));
        const files = {
          'worker-normal.inc': `bind_socket = "127.0.0.1:${scanPort}";\ncount = 2;\n`,
          'worker-controller.inc': `bind_socket = "127.0.0.1:${learnPort}";\nsecure_ip = ["127.0.0.1"];\n`,
          'worker-proxy.inc': 'enabled = false;\n',
          'options.inc': 'dns { nameserver = ["127.0.0.1:9"]; timeout = 0.01s; retransmits = 1; }\n',
          'logging.inc': 'type = "console";\nlevel = "error";\n',
          'redis.conf': `servers = "${address.host}";\npassword = "${decodeURIComponent(address.password)}";\n`,
          // Who is told to come again later gets no score.
          'greylist.conf': 'enabled = false;\n',
          'classifier-bayes.conf': 'autolearn = false;\nmin_learns = 1;\n',
        };
        for (const [name, content] of Object.entries(files)) await writeFile(join(home, 'override.d', name), content);
      },
      isReady: () =>
        post(scanPort, 'checkv2', new TextEncoder().encode('Subject: x\n\nx\n')).then(
          () => true,
          () => false,
        ),
    });
    return {
      name: `rspamd ${version}`,
      threshold: 6,
      async score(mail) {
        const { score } = (await post(scanPort, 'checkv2', mail)) as { score?: number };
        if (score === undefined) throw new Error('rspamd gave no score');
        return score;
      },
      async learn(paths, label) {
        for (const path of paths) await post(learnPort, `learn${label}`, await readFile(path)).catch(() => undefined);
      },
      async forget() {
        const client = connectRedis(redis.url, { name: 'rspamd' });
        await client.flushall();
        await closeRedis(client);
      },
      async stop() {
        await stop();
        await redis.stop();
      },
    };
  } catch (error) {
    await redis.stop();
    throw error;
  }
}

async function post(port: number, path: string, mail: Uint8Array): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`, { method: 'POST', body: Uint8Array.from(mail) });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`rspamd answered ${response.status}`);
  return body;
}
