import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';
import { eventually, freePort } from '@sluice/testkit';

export interface Target {
  address: string;
  component: string;
}

export interface Prometheus {
  /** The series that an expression has now. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  stop(): Promise<void>;
}

/** A real Prometheus that scrapes every two seconds, with the labels of deploy/prometheus/prometheus.yml. */
export async function startPrometheus(targets: readonly Target[]): Promise<Prometheus> {
  const program = ['.cache/debian/prometheus', '/usr/bin/prometheus']
    .map((file) => join(file.startsWith('/') ? '/' : REPOSITORY, file))
    .find((file) => existsSync(file));
  if (program === undefined)
    throw new Error('There is no Prometheus: run `npm test` once, which unpacks it on Debian.');
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
  const port = await freePort();
  const static_configs = targets.map(({ address, component }) => ({ targets: [address], labels: { component } }));
  // JSON is YAML.
  const config = {
    global: { scrape_interval: '2s', scrape_timeout: '2s' },
    scrape_configs: [{ job_name: 'sluice', static_configs }],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const words = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
  const server = spawn(program, [...words, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    async query(expression) {
      const body = new URLSearchParams({ query: expression });
      const answer = (await (await fetch(`${url}/api/v1/query`, { method: 'POST', body })).json()) as {
        error?: string;
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async stop() {
      server.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}
