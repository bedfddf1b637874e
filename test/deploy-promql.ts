import { parser } from '@prometheus-io/lezer-promql';
import { metricsInTable } from './deploy-metrics.ts';

/** A metric that a PromQL expression reads, and the labels that it is filtered by. */
interface Read {
  metric: string;
  labels: string[];
}

/** What an expression reads. Throws where it is no PromQL. */
function readsOf(expression: string): Read[] {
  const reads: Read[] = [];
  parser.parse(expression).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${JSON.stringify(expression.slice(from, from + 30))}`);
      if (type.name !== 'VectorSelector') return;
      const name = node.getChild('Identifier');
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      const labels = matchers.map((matcher) => matcher.getChild('LabelName'));
      reads.push({
        metric: name === null ? expression.slice(from, to) : expression.slice(name.from, name.to),
        labels: labels.map((label) => (label === null ? '' : expression.slice(label.from, label.to))),
      });
    },
  });
  return reads;
}

/** Of prom-client and Prometheus, as deploy/metrics.md lists them. */
const FOREIGN = [
  'up',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
];
/** What Prometheus puts on everything that it scrapes from us. */
const SCRAPED = ['job', 'instance', 'component'];

const LABELS = new Map<string, readonly string[]>(FOREIGN.map((name) => [name, SCRAPED]));
for (const { name, type, labels } of metricsInTable()) {
  if (type !== 'histogram') LABELS.set(name, [...labels, ...SCRAPED]);
  else {
    LABELS.set(`${name}_bucket`, [...labels, ...SCRAPED, 'le']);
    for (const end of ['sum', 'count']) LABELS.set(`${name}_${end}`, [...labels, ...SCRAPED]);
  }
}

/** The faults of an expression: a syntax that is none, a metric that nobody has, a label that it does not carry. */
export function faultsIn(expression: string): string[] {
  try {
    return readsOf(expression).flatMap(({ metric, labels }) => {
      const carried = LABELS.get(metric);
      if (carried === undefined) return [`there is no metric ${metric}`];
      return labels.filter((label) => !carried.includes(label)).map((label) => `${metric} carries no ${label}`);
    });
  } catch (error) {
    return [(error as Error).message];
  }
}

/** The series that prose names and that do not exist. */
export function unknownInProse(text: string): string[] {
  return [...text.matchAll(/\b(?:sluice|nodejs|process)_[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !LABELS.has(name));
}
