import { describe, expect, test } from '@jest/globals';
import { metricsIn, metricsInSources, metricsInTable, prometheusSources } from './deploy-metrics.ts';

const inSources = metricsInSources();
const inTable = metricsInTable();
const plain = ({ name, type, labels }: { name: string; type: string; labels: string[] }) =>
  `${name} ${type} {${labels.join(',')}}`;

test('the table of metrics says of each metric in the sources its name, type and labels', () => {
  const documented = new Set(inTable.map(plain));
  expect(inSources.map(plain).filter((line) => !documented.has(line))).toEqual([]);
  expect(inSources.length).toBeGreaterThan(60);
});

test('the table of metrics tells of none that does not exist', () => {
  const real = new Set(inSources.map(plain));
  expect(inTable.map(plain).filter((line) => !real.has(line))).toEqual([]);
});

test('the table of metrics gives each the meaning that the metric gives itself', () => {
  const meanings = new Map(inSources.map(({ name, meaning }) => [name, meaning]));
  expect(inTable.filter(({ name, meaning }) => meanings.get(name) !== meaning).map(({ name }) => name)).toEqual([]);
});

test('each row has a meaning and a service, and stands once', () => {
  expect(inTable.filter(({ meaning, services }) => meaning === '' || services.includes('')).map(plain)).toEqual([]);
  expect(inTable.length).toBe(new Set(inTable.map(({ name }) => name)).size);
});

describe('the reader of the sources', () => {
  test('sees a metric in each form that the house uses', () => {
    const text = `
      const a = new Counter({
        name: 'sluice_a_total',
        help: 'A.',
        labelNames: ['two', 'one'],
      });
      const b = gauge('sluice_b', 'B, of all.', 'quota', 'window');`;
    expect(metricsIn(text).map(plain)).toEqual(['sluice_a_total counter {one,two}', 'sluice_b gauge {quota,window}']);
  });

  test('misses none: it finds as many as there are constructors', () => {
    const constructed = prometheusSources().map(
      (text) => text.match(/new (Counter|Gauge|Histogram|Summary)\(|= gauge\(/g)?.length ?? 0,
    );
    // One constructor of fleet/rate-limit is that of the short form.
    expect(inSources.length).toBe(constructed.reduce((sum, count) => sum + count, 0) - 1);
  });
});
