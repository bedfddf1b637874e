import { describe, expect, test } from '@jest/globals';
import { Indicators, JudgementSay, MailDocument } from '@sluice/contracts';
import { faultsOfRules, openRules } from './say-rules.ts';
import { plainText, textDigest } from './say-text.ts';

const document = (mail: object) =>
  MailDocument.parse({
    v: 1,
    sizeBytes: 1,
    md5: '',
    sha1: '',
    sha256: '',
    mails: [
      {
        parent: null,
        depth: 0,
        headers: [{ name: 'x-mailer', value: 'Evil Mailer 3' }],
        messageId: null,
        subject: 'Your INVOICE',
        date: null,
        from: [{ address: 'ann@billing.example', name: 'Ann' }],
        sender: null,
        replyTo: [],
        returnPath: null,
        to: [{ address: 'bob@own.example', name: '' }],
        cc: [],
        text: null,
        html: '<style>p{}</style><p>Please <b>pa</b>y&nbsp;now</p><script>pay later</script>',
        attachments: [],
        ...mail,
      },
    ],
    limits: [],
    defects: [],
  });
const indicators = Indicators.parse({
  v: 1,
  urls: [
    {
      url: 'https://evil.example/a',
      scheme: 'https',
      host: 'evil.example',
      hostKind: 'domain',
      registrableDomain: null,
      places: [],
      occurrences: 1,
    },
  ],
  domains: [],
  ips: [],
  addresses: [],
  hashes: [],
  received: [],
  limits: [],
});
const rulesOf = (when: object) =>
  JudgementSay.parse({ rules: [{ id: 'r', title: 'T', explanation: 'E', weight: 30, when }] }).rules;
const idsOf = (when: object, mail: object = {}) =>
  openRules(rulesOf(when))({ document: document(mail), indicators }).map(({ id }) => id);
const one = (field: string, is: string, value: string, not = false) => ({ all: [{ field, is, value, not }] });

test('reading the words of hostile HTML takes time in step with its length', () => {
  for (const part of ['<script>', '<style ', '<title>', '<!--', '<', '<a', 'x@', '&#', '</script', '<b>'])
    expect(plainText(part.repeat(120_000)).length).toBeLessThanOrEqual(1_000_000);
  expect(textDigest({ text: 'x'.repeat(1_000_000), html: null })).toBeUndefined();
  expect(plainText('<header>A</header><p>b</p><title>c</title>d<script>e')).toBe('A b d');
});

describe("an operator's rule", () => {
  test.each([
    one('subject', 'contains', 'invoice'),
    one('subject', 'equals', 'your invoice'),
    one('from', 'starts', 'ann@'),
    one('from', 'equals', 'Ann'),
    one('from-domain', 'equals', 'BILLING.example'),
    one('to', 'ends', '@own.example'),
    one('text', 'contains', 'please pay now'),
    one('text', 'matches', String.raw`\bpay\s+now$`),
    one('url', 'starts', 'https://evil.example/'),
    one('url-host', 'ends', '.example'),
    one('header:x-mailer', 'matches', String.raw`mailer \d`),
    one('header:x-none', 'contains', 'a', true),
    { any: [one('subject', 'contains', 'nothing').all[0], one('text', 'contains', 'pay').all[0]] },
  ])('holds for what it is about: %j', (when) => {
    expect(idsOf(when)).toEqual(['operator.rule.r']);
  });

  test.each([
    one('subject', 'contains', 'receipt'),
    one('text', 'contains', 'later'),
    one('text', 'contains', 'pay', true),
    { all: [one('subject', 'contains', 'invoice').all[0], one('text', 'contains', 'nothing').all[0]] },
    { all: one('subject', 'contains', 'invoice').all, any: one('text', 'contains', 'nothing').all },
  ])('does not hold for anything else: %j', (when) => {
    expect(idsOf(when)).toEqual([]);
  });

  test('names itself and what it read', () => {
    const [finding] = openRules(rulesOf(one('subject', 'contains', 'invoice')))({ document: document({}), indicators });
    expect(finding).toMatchObject({ weight: 30, severity: 'medium', title: 'T', explanation: 'E' });
    expect(finding?.evidence).toEqual([
      { where: 'rule', quote: 'r' },
      { where: 'subject', quote: 'Your INVOICE' },
    ]);
  });

  test('that cannot be used is named with its place', () => {
    const rules = rulesOf({ any: [one('text', 'contains', '(').all[0], one('text', 'matches', '(').all[0]] });
    expect(faultsOfRules(rules)).toEqual([
      { path: ['rules', 0, 'when', 'any', 1, 'value'], message: expect.stringContaining('the expression') },
    ]);
  });

  test('does a bounded work for an expression whose states no text leaves alone; what was not tried is said', () => {
    const greedy = `[ab]*a${'[ab]{99}'.repeat(35)}c`;
    const text = Array.from({ length: 200_000 }, (_, at) => 'ab'[(at * at + (at >> 3)) % 2]).join('');
    const rules = rulesOf({ any: [one('text', 'matches', greedy).all[0]] });
    const ids = openRules(rules)({ document: document({ text }), indicators }).map(({ id }) => id);
    expect(ids).toEqual(['operator.rules-unfinished']);
  });

  test('reads a bounded part of a huge mail; what was not tried is said', () => {
    const many = Array.from({ length: 20 }, (_, at) => ({ ...one('text', 'matches', `a${at}b`).all[0] }));
    const rules = Array.from({ length: 10 }, (_, at) => ({ ...rulesOf({ any: many })[0], id: `r${at}` }));
    const ids = openRules(JudgementSay.parse({ rules }).rules)({
      document: document({ text: 'x'.repeat(300_000) }),
      indicators,
    });
    expect(ids.map(({ id }) => id)).toEqual(['operator.rules-unfinished']);
  });
});
