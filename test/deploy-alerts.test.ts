import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '@sluice/supervisor';
import { FROM_THE_START, provocations } from './alerts-provocations.ts';
import { alertRules, RULES } from './alerts-rules.ts';
import { metricsInTable, seriesOf } from './deploy-metrics.ts';
import { faultsIn, unknownInProse } from './deploy-promql.ts';
import { readYaml } from './deploy-yaml.ts';

interface RuleTests {
  tests: { name: string; alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
}
interface Dashboard {
  uid: string;
  panels: { title: string; targets?: { expr: string }[] }[];
}

const RULE_TESTS = 'deploy/prometheus/tests/alerts.test.yml';
const cases = (readYaml(RULE_TESTS) as RuleTests).tests.flatMap(({ alert_rule_test }) => alert_rule_test);
const names = alertRules.map(({ alert }) => alert).toSorted();

/** Of Debian's package prometheus, which `npm test` unpacks where it can. */
const PROMTOOL = [
  '.cache/debian/promtool',
  ...(process.env.PATH ?? '').split(':').map((folder) => `${folder}/promtool`),
]
  .map((file) => resolve(REPOSITORY, file))
  .find((file) => existsSync(file));
const withPromtool = PROMTOOL === undefined ? test.skip : test;

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL ?? '', args, { cwd: REPOSITORY, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

test('every alert asks for metrics that exist, by labels that they carry', () => {
  expect(alertRules.flatMap(({ expr }) => faultsIn(expr))).toEqual([]);
});

test('a metric or a label that does not exist, and what is no PromQL, would be noticed', () => {
  expect(faultsIn('rate(sluice_gone_total[5m]) / rate(sluice_job_duration_seconds_count[5m])')).toEqual([
    'there is no metric sluice_gone_total',
  ]);
  expect(faultsIn('max(sluice_job_duration_seconds)')).toEqual(['there is no metric sluice_job_duration_seconds']);
  expect(faultsIn('sum(sluice_jobs_ended_total{pool="analysis"})')).toEqual([
    'sluice_jobs_ended_total carries no pool',
  ]);
  expect(faultsIn('sum(sluice_jobs_ended_total')).toHaveLength(1);
});

test('every alert has a runbook of its name, and every runbook an alert', () => {
  const pages = globSync('deploy/runbooks/*.md', { cwd: REPOSITORY }).map((path) => basename(path, '.md'));
  expect(pages.toSorted()).toEqual(names);
  for (const { alert, annotations } of alertRules) expect(annotations.runbook).toBe(`deploy/runbooks/${alert}.md`);
});

test('a runbook says what its alert means, what to look at and what to do', () => {
  for (const name of names) {
    const page = readFileSync(join(REPOSITORY, `deploy/runbooks/${name}.md`), 'utf8');
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
    expect(headings).toEqual([name, 'What it means', 'What to look at', 'What to do']);
  }
});

test('the metrics that runbooks name exist', () => {
  const faults = names.flatMap((name) =>
    unknownInProse(readFileSync(join(REPOSITORY, `deploy/runbooks/${name}.md`), 'utf8')),
  );
  expect(faults).toEqual([]);
});

test('each alert is tried in a case in which it fires and in one in which it does not', () => {
  const firing = cases.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname);
  const quiet = cases.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname);
  expect([...new Set(firing)].toSorted()).toEqual(names);
  expect([...new Set(quiet)].toSorted()).toEqual(names);
});

test('each alert is provoked once in the fleet that `npm run test:deploy` starts', () => {
  const provoked = [...FROM_THE_START, ...provocations.flatMap(({ crosses }) => crosses)];
  expect(provoked.toSorted()).toEqual(names);
});

withPromtool(
  'promtool finds no fault in the rules, and every case comes out as it says',
  () => {
    expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
    expect(promtool('test', 'rules', RULE_TESTS)).toMatchObject({ status: 0 });
  },
  300_000,
);

withPromtool('promtool finds no fault in the configuration of Prometheus', () => {
  expect(promtool('check', 'config', 'deploy/prometheus/prometheus.yml')).toMatchObject({ status: 0 });
});

test('every panel of the dashboards has a query, of metrics that exist', () => {
  const files = globSync('deploy/grafana/dashboards/*.json', { cwd: REPOSITORY });
  expect(files.map((path) => basename(path, '.json')).toSorted()).toEqual(['failures', 'fleet', 'pipeline', 'quotas']);
  for (const file of files) {
    const { panels } = JSON.parse(readFileSync(join(REPOSITORY, file), 'utf8')) as Dashboard;
    const queries = panels.flatMap(({ targets }) => targets ?? []);
    expect(queries.length).toBeGreaterThan(10);
    expect(queries.flatMap(({ expr }) => faultsIn(expr))).toEqual([]);
  }
});

test('the dashboards in the repository are those that their source makes', async () => {
  const source = (await import(join(REPOSITORY, 'deploy/grafana/make.mjs'))) as {
    dashboards: () => { file: string; text: string }[];
  };
  for (const { file, text } of source.dashboards()) {
    const written = readFileSync(join(REPOSITORY, 'deploy/grafana/dashboards', file), 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(text));
  }
});

test('every metric of the table is shown on a dashboard or asked for by an alert', () => {
  const shown = globSync('deploy/{grafana/dashboards/*.json,prometheus/rules/*.yml}', { cwd: REPOSITORY })
    .map((path) => readFileSync(join(REPOSITORY, path), 'utf8'))
    .join('\n');
  const unseen = metricsInTable().filter((metric) => !seriesOf(metric).some((name) => shown.includes(name)));
  expect(unseen.map(({ name }) => name)).toEqual([]);
});
