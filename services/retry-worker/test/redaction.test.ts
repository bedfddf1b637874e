import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createLogger } from '@sluice/fleet/service';
import { eventually } from '@sluice/testkit';
import { retryWorld } from './world.ts';

const logged: string[] = [];
const log = createLogger('test', 'test', 'debug');
for (const transport of log.transports) transport.silent = true;
log.on('data', (entry: Record<symbol, string>) => void logged.push(entry[Symbol.for('message')] ?? ''));

const world = retryWorld(log);

/** What a careless library may put into an error. */
const PLANTED = [
  'sk-live-9f8e7d6c5b4a',
  'AKIAIOSFODNN7EXAMPLE',
  'hunter2-correct-horse',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'victim.person@bank.example',
  'Dear Roberta, your parcel 4711 waits',
  'https://evil.example/login?user=roberta',
  '203.0.113.77',
  'DE89370400440532013000',
];

function carelessError(): Error {
  const text = `connect to postgres://admin:${PLANTED[2]}@db.internal/ failed: ${PLANTED.join(' | ')}`;
  const cause = new TypeError(`body was: ${PLANTED.join('\n')}`);
  return Object.assign(new Error(text, { cause }), { config: { headers: { authorization: `Bearer ${PLANTED[3]}` } } });
}

describe.each([
  ['an unknown error', carelessError()],
  [
    'a known error with a careless cause',
    new SluiceError('blob-unreadable', 'It cannot be read.', { cause: carelessError() }),
  ],
  [
    'a retried error',
    new SluiceError('internal', 'Something failed.', { disposition: 'retry', cause: carelessError() }),
  ],
])('%s', (_what, error) => {
  test('says nothing of keys, passwords, mails and addresses in letter, log, event, channel or what the job keeps', async () => {
    logged.length = 0;
    const heard = await world.heard();
    const counter = world.startPool(error, error, error, error);
    world.startDesk({ policy: { baseMs: 1, most: 1 } });
    const payload = { indicators: `default/${'0'.repeat(64)}`, note: PLANTED[5] };
    const task = await world.queued({ payload });
    const { jobId } = task.message;
    await eventually(() => expect(world.letterOf(jobId)?.state).toBe('parked'));
    expect(counter.calls).toBeGreaterThan(0);
    const events = await world.means().jobs.eventsAfter(jobId, 0);
    const letter = world.letterOf(jobId);
    expect(letter?.attempts.at(-1)).toMatchObject({ internal: expect.any(String), stack: expect.any(String) });
    // What every answer about the job is made of.
    const image = await world.means().jobs.image(jobId);
    const { [`t:${task.message.task}`]: planned, ...held } = image?.hash ?? {};
    expect(planned).toContain(PLANTED[5]);
    const places = { letter, logged, events, heard, held, saved: world.record().saved };
    expect(logged.some((line) => line.includes('task failed'))).toBe(true);
    for (const [place, content] of Object.entries(places)) {
      const text = JSON.stringify(content);
      const leaks = PLANTED.flatMap((secret) => [
        secret,
        ...secret.split(/[\s:/?=|.]+/).filter((word) => word.length > 8),
      ]);
      expect({ place, leaks: leaks.filter((leak) => text.includes(leak)) }).toEqual({ place, leaks: [] });
    }
  });
});
