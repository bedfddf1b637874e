import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';

export interface Metric {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** Sorted. */
  labels: string[];
  /** What it says of itself. */
  meaning: string;
}

export interface TableRow extends Metric {
  services: string[];
}

const CONSTRUCTED = /new (Counter|Gauge|Histogram)\(\{\s*name: '([a-z_]+)'(.*?)\n\s*\}\)/gs;
/** Of fleet/rate-limit: `gauge('name', 'help', 'label', …)`. */
const SHORT_GAUGE = /= gauge\('([a-z_]+)', ('[^']*'|"[^"]*")((?:, '[a-z]+')*)\)/g;
const HELP = /help:\s*('[^']*'|"[^"]*")/;
const QUOTED = /'([a-z_]+)'/g;

const quotedIn = (text: string): string[] => [...text.matchAll(QUOTED)].map(([, word = '']) => word);

/** The texts of all sources that use prom-client. */
export function prometheusSources(): string[] {
  return globSync('{packages,services}/*/src/**/*.ts', { cwd: REPOSITORY })
    .filter((path) => !/node_modules|\.test\.ts$|^packages\/bench\//.test(path))
    .map((path) => readFileSync(join(REPOSITORY, path), 'utf8'))
    .filter((text) => text.includes("from 'prom-client'"));
}

/** Every metric that services and packages construct by prom-client. */
export function metricsInSources(): Metric[] {
  return prometheusSources().flatMap(metricsIn);
}

export function metricsIn(text: string): Metric[] {
  const long = [...text.matchAll(CONSTRUCTED)].map(([, kind = '', name = '', rest = '']) => ({
    name,
    type: kind.toLowerCase() as Metric['type'],
    labels: quotedIn(/labelNames: \[([^\]]*)\]/.exec(rest)?.[1] ?? '').toSorted(),
    meaning: HELP.exec(rest)?.[1]?.slice(1, -1) ?? '',
  }));
  const short = [...text.matchAll(SHORT_GAUGE)].map(([, name = '', help = '', labels = '']) => ({
    name,
    type: 'gauge' as const,
    labels: quotedIn(labels).toSorted(),
    meaning: help.slice(1, -1),
  }));
  return [...long, ...short];
}

/** The rows of deploy/metrics.md. */
export function metricsInTable(): TableRow[] {
  const lines = readFileSync(join(REPOSITORY, 'deploy/metrics.md'), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name = '', type = '', labels = '', meaning = '', services = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      return {
        name,
        type: type as Metric['type'],
        labels: labels === '' ? [] : labels.split(', ').toSorted(),
        meaning,
        services: services.split(', '),
      };
    });
}

/** What Prometheus stores of a metric: a histogram has three series names. */
export function seriesOf({ name, type }: Metric): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
