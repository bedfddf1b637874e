import { afterEach, describe, expect, test } from '@jest/globals';
import { Report } from '@sluice/contracts';
import { lastReport } from '../src/command/amendments.ts';
import { createClient } from '../src/index.ts';
import {
  type Answer,
  answerWith,
  event,
  type FakeGateway,
  JOB_ID,
  refuseWith,
  type Stream,
  startFakeGateway,
  statusWith,
} from './fake-gateway.ts';

let gateway: FakeGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

const A_WHILE_MS = 60_000;
const gap = { what: 'VirusTotal about evil[.]example', why: 'It is late.' };

function reportOf(revision: number, missing: object[]): Report {
  return Report.parse({
    v: 1,
    jobId: JOB_ID,
    pipeline: 'email-scan',
    revision,
    createdAt: 'now',
    verdict: 'clean',
    category: 'legitimate',
    score: 0,
    confidence: 1,
    summary: '',
    subject: { kind: 'observable', type: 'ip', value: '192.0.2.1' },
    findings: [],
    indicators: { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [], limits: [] },
    limits: [],
    defects: [],
    partial: missing.length > 0,
    missing,
    parts: [],
  });
}

const completed = answerWith(200, statusWith(5, 'completed'));
const answer = (report: Report): Answer => answerWith(200, report);
const amended = (seq: number, revision: number) => event(seq, { type: 'report.amended', revision, result: {} });

async function wait(answers: Answer[], stream: Stream, waitMs: number, signal = new AbortController().signal) {
  gateway = await startFakeGateway(answers, [stream]);
  const client = createClient({ url: gateway.url, apiKey: 'slu_key', patienceMs: 0 });
  return lastReport(client, reportOf(1, [gap]), { after: 5, waitMs, signal });
}

describe('a report with gaps', () => {
  test('is followed until nothing is missing', async () => {
    const answers = [completed, answer(reportOf(2, [gap])), answer(reportOf(3, []))];
    const report = await wait(
      answers,
      (socket) => {
        socket.send(amended(6, 2));
        socket.send(amended(7, 3));
      },
      A_WHILE_MS,
    );
    expect(report).toMatchObject({ revision: 3, partial: false });
    expect(gateway?.opened).toEqual([`/api/pipeline/ws/job/${JOB_ID}?after=5`]);
  });

  test('is the last one when the time is over', async () => {
    const silence: Stream = () => undefined;
    expect(await wait([completed], silence, 1)).toMatchObject({ revision: 1, partial: true });
  });

  test('stays what it is when the fleet cannot be followed', async () => {
    expect(await wait([completed], refuseWith(503, 'unavailable'), A_WHILE_MS)).toMatchObject({ revision: 1 });
  });

  test('is not waited for any more when the person ends it', async () => {
    const person = new AbortController();
    const stream: Stream = () => person.abort(new Error('Ctrl-C'));
    await expect(wait([completed], stream, A_WHILE_MS, person.signal)).rejects.toThrow('Ctrl-C');
  });
});
