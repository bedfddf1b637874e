import { spawnSync } from 'node:child_process';
import { appendFile, cp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@sluice/testkit';
import { type Peer, startProgram } from './peer.ts';

const RULES = '/etc/spamassassin';

/** Debian's `spamassassin` and `spamd`, local tests only; or null where they are not installed. */
export async function startSpamAssassin(): Promise<Peer | null> {
  const [, version] = /version (\S+)/.exec(run('spamassassin', ['--version']) ?? '') ?? [];
  if (version === undefined || run('/usr/sbin/spamd', ['--version']) === null) return null;
  const port = await freePort();
  const { folder, stop } = await startProgram({
    command: '/usr/sbin/spamd',
    args: (home) => [
      '--local',
      `--listen=127.0.0.1:${port}`,
      '--max-children=2',
      '--nouser-config',
      `--siteconfigpath=${join(home, 'site')}`,
      `--helper-home-dir=${home}`,
      `--pidfile=${join(home, 'spamd.pid')}`,
      '--syslog=null',
    ],
    async prepare(home) {
      await cp(RULES, join(home, 'site'), { recursive: true, dereference: true });
      const settings = ['bayes_auto_learn 0', `bayes_path ${join(home, 'bayes')}`, 'bayes_file_mode 0666', ''];
      await appendFile(join(home, 'site', 'local.cf'), `\n${settings.join('\n')}`);
    },
    isReady: () =>
      ask(port, 'PING', new Uint8Array()).then(
        (answer) => answer.includes('PONG'),
        () => false,
      ),
  });
  return {
    name: `SpamAssassin ${version}`,
    threshold: 5,
    async score(mail) {
      const [, score] = /^Spam: \w+ ; (-?[\d.]+) \//m.exec(await ask(port, 'CHECK', mail)) ?? [];
      if (score === undefined) throw new Error('spamd gave no score');
      return Number(score);
    },
    async learn(paths, label) {
      const list = join(folder, 'list');
      await writeFile(list, paths.join('\n'));
      const site = `--siteconfigpath=${join(folder, 'site')}`;
      if (run('sa-learn', [site, '--local', '--no-sync', `--${label}`, `--folders=${list}`]) === null)
        throw new Error('sa-learn failed');
      run('sa-learn', [site, '--local', '--sync']);
    },
    async forget() {
      for (const part of ['toks', 'seen', 'journal']) await rm(join(folder, `bayes_${part}`), { force: true });
    },
    stop,
  };
}

/** One request of spamd's own protocol, SPAMC/1.5. */
async function ask(port: number, verb: string, body: Uint8Array): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(`${verb} SPAMC/1.5\r\n${body.length > 0 ? `Content-length: ${body.length}\r\n` : ''}\r\n`);
  socket.end(body);
  return text(socket);
}

function run(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return status === 0 ? stdout : null;
}
