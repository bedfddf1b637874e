import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  Category,
  FeedbackHint,
  Findings,
  Harm,
  Indicators,
  JobPage,
  JobsMessage,
  MailDocument,
  ProviderAnswer,
  Report,
  RequestStatus,
  tasks,
  WebhookMessage,
} from '../src/index.ts';

/** As a newer version writes it: the golden document, in which one value is a name that is not known here. */
function fromNewer(name: string, place: string, value: unknown = 'of-next-year'): unknown {
  const stored = JSON.parse(readFileSync(new URL(`golden/${name}.v1.json`, import.meta.url), 'utf8')) as object;
  const keys = place.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], stored) as object;
  Object.assign(parent, { [last]: value });
  return stored;
}

const at = (read: unknown, place: string): unknown =>
  place.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], read);

const CASES: [name: string, schema: z.ZodType, place: string, readAs: unknown][] = [
  ['findings', Findings, 'findings.0.category', undefined],
  ['provider-answer', ProviderAnswer, 'category', undefined],
  ['report', Report, 'category', 'other'],
  ['report', Report, 'findings.0.category', undefined],
  ['report', Report, 'limits.0.limit', 'other'],
  ['report.with-operator', Report, 'operator.without.category', 'other'],
  ['mail-document', MailDocument, 'mails.0.attachments.1.via', undefined],
  ['mail-document', MailDocument, 'mails.0.contents.0.links.0.where', 'text'],
  ['mail-document', MailDocument, 'limits.0.limit', 'other'],
  ['indicators', Indicators, 'urls.0.places.0.where', 'text'],
  ['job-page', JobPage, 'items.0.category', null],
  ['request-status', RequestStatus, 'items.0.category', null],
  ['jobs-message.snapshot', JobsMessage, 'jobs.0.category', null],
  ['feedback-hint', FeedbackHint, 'category', null],
  ['task.report.score', tasks['report.score'].result, 'result.category', 'other'],
];

describe('what a newer version wrote beside us is read but for the names that only it knows:', () => {
  test.each(CASES)('%s, %#', (name, schema, place, readAs) => {
    const inTask = name.startsWith('task.');
    const document = fromNewer(name, place);
    const read = schema.parse(inTask ? at(document, 'result') : document);
    expect(at(read, inTask ? place.replace('result.', '') : place)).toEqual(readAs);
    expect(() => schema.parse(read)).not.toThrow();
  });

  test.each(CASES)('but what is no name at all is refused: %s, %#', (name, schema, place) => {
    const document = fromNewer(name, place, 7);
    expect(schema.safeParse(name.startsWith('task.') ? at(document, 'result') : document).success).toBe(false);
  });

  test('features of a file that are known stay in the list', () => {
    const features = ['encrypted', 'of-next-year', 'macro'];
    const read = MailDocument.parse(fromNewer('mail-document', 'mails.0.attachments.0.features', features));
    expect(read.mails[0]?.attachments[0]?.features).toEqual(['encrypted', 'macro']);
  });

  test('a webhook tells of it as another kind', () => {
    const read = WebhookMessage.parse(fromNewer('webhook-message', 'data.category'));
    expect(read.data.category).toBe('other');
  });
});

test('nobody may give a kind that is not known', () => {
  expect([Category.safeParse('other').success, Harm.safeParse('of-next-year').success]).toEqual([false, false]);
});
