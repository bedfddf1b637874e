import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMail, eventually } from '@sluice/testkit';
import { type Collector, type Span, startCollector } from './collector.ts';
import { clientOf, type LogLine, makeFolder, readLogs, removeFolder, startHouse } from './fleets.ts';

const ON_THE_ROAD = ['gateway', 'orchestrator', 'sandbox-worker', 'analyzer-worker', 'aggregator-worker'];

/** Stands in mails, links and queries, and nowhere else. */
const PLANTED = 'hunter2correcthorse';

let dataDir: string;
let collector: Collector;
let jobId: string;
let lines: LogLine[];
/** What each process showed at the end. */
let scrapes: string[];

/** Two mails and a URL go through a fleet that traces; the first is the one looked at. */
beforeAll(async () => {
  dataDir = await makeFolder();
  collector = await startCollector();
  const fleet = await startHouse(dataDir, {
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  try {
    const client = await clientOf(dataDir, fleet.url);
    const submissions = await Promise.all([
      client.submitMail(
        buildMail({ html: `<a href="http://evil.example/${PLANTED}?token=${PLANTED}">bank.example</a>` }),
      ),
      client.submitMail(buildMail({ subject: `Another ${PLANTED}`, text: PLANTED })),
      client.submitObservable({ type: 'url', value: `http://127.0.0.1:9/${PLANTED}?token=${PLANTED}` }),
    ]);
    const states = await Promise.all(submissions.map(async (one) => (await client.wait(one.jobId)).state));
    expect(new Set(states)).toEqual(new Set(['completed']));
    jobId = submissions[0].jobId;
    await fetch(new URL(`/api/pipeline/jobs?text=${PLANTED}`, fleet.url));
    const ports = fleet.processes().flatMap(({ metricsPort }) => metricsPort ?? []);
    scrapes = await Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()));
  } finally {
    await fleet.stop();
  }
  lines = await readLogs(dataDir);
}, 60_000);
afterAll(async () => {
  await collector.stop();
  await removeFolder(dataDir);
});

const ofJob = (): Span[] => collector.spans.filter((span) => span.jobId === jobId);

/** The trace of the submission, as the gateway's log names it. */
function traceId(): string {
  const accepted = lines.find(({ entry }) => entry.message === 'job accepted' && entry.jobId === jobId);
  return String(accepted?.entry.traceId);
}

describe('one mail', () => {
  test('is one trace across all services', async () => {
    await eventually(() => ofJob().some(({ name }) => name === 'report.score'));
    expect(traceId()).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ofJob().map((span) => span.traceId))).toEqual(new Set([traceId()]));
    const trace = collector.spans.filter((span) => span.traceId === traceId());
    expect(new Set(trace.map(({ service }) => service))).toEqual(new Set(ON_THE_ROAD));
    const tasks = ['mail.parse', 'mail.extract', 'mail.check', 'sandbox.visit', 'report.aggregate', 'report.score'];
    expect(trace.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['POST /api/pipeline/jobs', 'plan', ...tasks]),
    );
  });

  test('stands as an exemplar beside the times of jobs and tasks', () => {
    const known = new Set(collector.spans.map((span) => span.traceId));
    for (const name of [
      'sluice_job_duration_seconds',
      'sluice_task_duration_seconds',
      'sluice_sandbox_visit_seconds',
    ]) {
      const marks = scrapes.flatMap((text) => [
        ...text.matchAll(new RegExp(`^${name}_bucket\\{.*# \\{trace_id="([0-9a-f]{32})"\\}`, 'gm')),
      ]);
      expect(marks.length).toBeGreaterThan(0);
      expect(marks.filter(([, mark = '']) => !known.has(mark))).toEqual([]);
    }
  });

  test('is a trace of its own, whole from its one root', () => {
    const trace = collector.spans.filter((span) => span.traceId === traceId());
    const known = new Set(trace.map(({ spanId }) => spanId));
    const roots = trace.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
    expect(roots.map(({ name, service }) => `${service} ${name}`)).toEqual(['gateway POST /api/pipeline/jobs']);
    const strangers = trace.filter((span) => span.jobId !== undefined && span.jobId !== jobId);
    expect(strangers).toEqual([]);
  });

  test('has its job id on each log line that concerns it, and its trace id there too', () => {
    const concerned = lines.filter(({ text }) => text.includes(jobId) || text.includes(traceId()));
    expect(new Set(concerned.map(({ from }) => from))).toEqual(new Set(ON_THE_ROAD.map((name) => `${name}-1`)));
    for (const { from, entry } of concerned) {
      expect({ from, ...entry }).toMatchObject({ jobId, traceId: traceId() });
    }
  });
});

test('no line of any log speaks of a task or a job without naming the job', () => {
  const anonymous = lines.filter(({ entry }) => /\b(job|task|mail)\b/.test(String(entry.message)) && !entry.jobId);
  expect(anonymous.map(({ text }) => text)).toEqual([]);
});

test('no trace and no log has anything of a mail, a link or a query', () => {
  expect(collector.texts.length).toBeGreaterThan(0);
  expect(collector.texts.filter((text) => text.includes(PLANTED)).length).toBe(0);
  expect(lines.filter(({ text }) => text.includes(PLANTED)).map(({ text }) => text)).toEqual([]);
});
