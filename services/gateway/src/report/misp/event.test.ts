import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Report, TLPS } from '@sluice/contracts';
import { toMisp } from './event.ts';
import type { Attribute } from './parts.ts';
import { nameUuid } from './uuid.ts';

const GOLDEN = new URL('../../../../../packages/contracts/test/golden/', import.meta.url);
const golden = (name: string) => Report.parse(JSON.parse(readFileSync(new URL(`${name}.v1.json`, GOLDEN), 'utf8')));
const report = golden('report');
const observable = golden('report.of-observable.before-visits');

const eventOf = (given: Report, tlp: (typeof TLPS)[number] = 'amber') => toMisp(given, { tlp }).Event;
type Event = ReturnType<typeof eventOf>;
const attributesOf = ({ Attribute: own, Object: objects }: Event): Attribute[] => [
  ...own,
  ...objects.flatMap((object) => object.Attribute),
];

/** Pairs that the core format permits (draft-dulaunoy-misp-core-format-18, 2.3.2.3), of the types that are used here. */
const PERMITTED: Record<string, string[]> = {
  'Network activity': ['ip-src', 'ip-dst', 'hostname', 'domain', 'url'],
  'Payload delivery': [
    'md5',
    'sha1',
    'sha256',
    'filename',
    'mime-type',
    'other',
    'email',
    'email-src',
    'email-subject',
    'email-attachment',
    'email-src-display-name',
    'email-reply-to',
    'email-message-id',
  ],
  'External analysis': ['link'],
  Other: ['size-in-bytes', 'datetime'],
};
/** What the templates `email` 15 and `file` 23 of the MISP project have, with the type of each. */
const TEMPLATES: Record<string, Record<string, string>> = {
  email: {
    from: 'email-src',
    'from-display-name': 'email-src-display-name',
    subject: 'email-subject',
    'message-id': 'email-message-id',
    'send-date': 'datetime',
    'reply-to': 'email-reply-to',
    'return-path': 'email-src',
    attachment: 'email-attachment',
  },
  file: {
    filename: 'filename',
    'size-in-bytes': 'size-in-bytes',
    mimetype: 'mime-type',
    md5: 'md5',
    sha1: 'sha1',
    sha256: 'sha256',
  },
};
/** As MISP reads them: it knows versions 1 to 5. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NUMBER = /^\d+$/;

/** The rules of the core format for what an event must hold, and in which form. */
function expectCoreFormat(event: Event): void {
  expect(event.uuid).toMatch(UUID);
  for (const number of [event.id, event.org_id, event.orgc_id, event.timestamp, event.publish_timestamp])
    expect(number).toMatch(NUMBER);
  expect(event.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(['1', '2', '3', '4']).toContain(event.threat_level_id);
  expect(['0', '1', '2']).toContain(event.analysis);
  expect(['0', '1', '2', '3', '4']).toContain(event.distribution);
  expect([event.sharing_group_id, event.published, event.publish_timestamp]).toEqual(['0', false, '0']);
  expect(event.info.length).toBeLessThanOrEqual(255);
  expect(event.info).not.toMatch(/[\r\n]/);
  for (const { name, colour, exportable } of event.Tag) {
    expect([typeof name, exportable]).toEqual(['string', true]);
    expect(colour).toMatch(/^#[0-9a-f]{6}$/i);
  }
  const all = attributesOf(event);
  expect(event.attribute_count).toBe(String(all.length));
  for (const each of all) {
    expect([each.type, PERMITTED[each.category] ?? []]).toEqual([each.type, expect.arrayContaining([each.type])]);
    expect([typeof each.to_ids, each.deleted, each.distribution, each.sharing_group_id]).toEqual([
      'boolean',
      false,
      '5',
      '0',
    ]);
    expect(each.value).not.toMatch(/^\s|\s$|[\r\n]|^$/);
    // What MISP refuses: https://github.com/MISP/MISP, AttributeValidationTool.
    if (['email', 'email-src', 'email-reply-to'].includes(each.type)) expect(each.value).toMatch(/^\S+@\S+\.\S+$/);
    if (each.type === 'datetime') expect(new Date(each.value).toISOString()).toBe(each.value);
    expect([each.uuid, each.timestamp, each.event_id]).toEqual([expect.stringMatching(UUID), event.timestamp, '0']);
  }
  const uuids = [event.uuid, ...all.map(({ uuid }) => uuid), ...event.Object.map(({ uuid }) => uuid)];
  expect(new Set(uuids).size).toBe(uuids.length);
  const triplets = event.Attribute.map(({ category, type, value }) => `${category} ${type} ${value}`);
  expect(new Set(triplets).size).toBe(triplets.length);
  for (const object of event.Object) {
    for (const { object_relation: relation, type } of object.Attribute)
      expect([relation, type]).toEqual([relation, TEMPLATES[object.name]?.[relation ?? '']]);
    for (const reference of object.ObjectReference) {
      expect(reference.object_uuid).toBe(object.uuid);
      expect(uuids).toContain(reference.referenced_uuid);
    }
  }
  for (const { uuid, name, content } of event.EventReport)
    expect([uuid, name, content]).toEqual([expect.stringMatching(UUID), expect.any(String), expect.any(String)]);
}

describe('a MISP event', () => {
  test.each([
    ['of a mail', report],
    ['of an observable', observable],
  ])('%s keeps the rules of the core format', (_of, given) => {
    expectCoreFormat(eventOf(given));
  });

  test('keeps them whatever stands in the mail', () => {
    const hostile = JSON.parse(JSON.stringify(report)) as Report;
    const nasty = `  a\r\nb\u0000c\u2028 <script>"'  ${'x'.repeat(9_000)}`;
    if (hostile.subject.kind !== 'mail') throw new Error('it is a mail');
    Object.assign(hostile.subject, { subject: nasty, messageId: nasty, date: nasty });
    hostile.subject.from.push(
      { address: nasty, name: nasty },
      { address: '', name: '' },
      { address: 'root', name: '' },
    );
    hostile.indicators.addresses.push({ address: 'root', names: [], roles: ['reply-to', 'return-path'] });
    for (const file of hostile.subject.attachments) file.fileName = nasty;
    hostile.indicators.urls.push({
      ...(hostile.indicators.urls[0] as (typeof hostile.indicators.urls)[0]),
      url: nasty,
    });
    expectCoreFormat(eventOf(hostile));
  });

  test('is the same for the same job, in every revision; another job makes another one', () => {
    const [first, second] = [
      eventOf(report),
      eventOf({ ...report, revision: 3, createdAt: '2026-02-01T00:00:00.000Z' }),
    ];
    expect(second.uuid).toBe(first.uuid);
    expect(attributesOf(second).map(({ uuid }) => uuid)).toEqual(attributesOf(first).map(({ uuid }) => uuid));
    expect(Number(second.timestamp)).toBeGreaterThan(Number(first.timestamp));
    expect(eventOf({ ...report, jobId: report.jobId.replace(/.$/, 'b') }).uuid).not.toBe(first.uuid);
  });

  test.each(TLPS)('is tagged tlp:%s', (tlp) => {
    expect(eventOf(report, tlp).Tag[0]?.name).toBe(`tlp:${tlp}`);
  });

  test('says threat level and state of the analysis by verdict and gaps', () => {
    const levels = (['clean', 'suspicious', 'malicious'] as const).map((verdict) => {
      const { threat_level_id: level, Tag: tags } = eventOf({ ...report, verdict });
      return [level, tags.some(({ name }) => name.startsWith('rsit:'))];
    });
    expect(levels).toEqual([
      ['4', false],
      ['2', true],
      ['1', true],
    ]);
    expect([true, false].map((partial) => eventOf({ ...report, partial }).analysis)).toEqual(['1', '2']);
  });

  test('tells machines to act only on what somebody calls bad itself', () => {
    const [url] = report.indicators.urls;
    const verdict = 'suspicious' as const;
    const before = attributesOf(eventOf({ ...report, verdict, answers: [] }));
    expect(before.filter(({ to_ids }) => to_ids)).toEqual([]);
    const [answer] = report.answers;
    if (url === undefined || answer === undefined) throw new Error('the report has them');
    const bad = { ...answer, opinion: 'malicious' as const, resource: { kind: 'url' as const, value: url.url } };
    const acted = attributesOf(eventOf({ ...report, verdict, answers: [bad] })).filter(({ to_ids }) => to_ids);
    expect(acted.map(({ type, value }) => [type, value])).toEqual([['url', url.url]]);
    const mail = attributesOf(eventOf({ ...report, verdict: 'malicious', answers: [] })).filter(({ to_ids }) => to_ids);
    expect(mail).toMatchObject([{ type: 'sha256', comment: 'The mail as it was submitted' }]);
  });

  test('names no recipient and no address of an internal network', () => {
    const given = JSON.parse(JSON.stringify(report)) as Report;
    const [ip] = given.indicators.ips;
    if (ip !== undefined) given.indicators.ips.push({ ...ip, ip: '10.1.2.3', scope: 'private' });
    given.indicators.addresses.push({ address: 'bob@receiver.example', names: [], roles: ['to', 'body'] });
    const values = attributesOf(eventOf(given)).map(({ value }) => value);
    expect(values).toContain('ann@sender.example');
    expect(values).toContain('192.0.2.7');
    expect(values.join('\n')).not.toMatch(/bob@receiver|10\.1\.2\.3/);
  });
});

test('a uuid of a name is that of version 5 in RFC 9562', () => {
  expect(nameUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});
