import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calibrate } from './calibrate.ts';
import type { MailFacts } from './facts.ts';
import { featuresOf } from './features.ts';
import { askModel, parseModel, writeModel } from './model.ts';
import { readModel } from './model-file.ts';
import { packModel, trainWeights, vectorOf, type Example } from './train.ts';
import { makeTrainingMails } from './training/mails.ts';
import { tellFeature } from './tell.ts';

const PLAIN: MailFacts = {
  subject: 'Lunch on Friday?',
  fromName: 'Anna Weber',
  fromAddress: 'anna.weber@example.org',
  fromHost: 'example.org',
  fromDomain: 'example.org',
  fromOwner: 'other',
  replyTo: 'none',
  text: 'Hi Ben,\nshall we have lunch on Friday?\nAnna',
  plain: 'Hi Ben,\nshall we have lunch on Friday?\nAnna',
  html: '',
  links: [],
  images: [],
  attachments: [],
  brands: [],
};
const LURE: MailFacts = {
  ...PLAIN,
  subject: 'Your account has been suspended!',
  fromName: 'Paypal',
  fromAddress: 'x8k2m9q4@verify-center.top',
  fromHost: 'verify-center.top',
  fromDomain: 'verify-center.top',
  fromOwner: 'cheap',
  text: 'Dear customer, verify your account within 24 hours.',
  plain: '',
  html: '<p>Dear customer, verify your account within 24 hours.</p><a href="http://a.top/x">Verify</a>',
  links: [{ url: 'http://a.top/x', host: 'a.top', domain: 'a.top', owner: 'cheap', label: 'Verify' }],
  brands: [{ name: 'PayPal', where: 'name', isSender: false, isLinked: false }],
};

function examples(): Example[] {
  return Array.from({ length: 30 }, (_, index) => [
    { features: featuresOf(PLAIN), isBad: false, source: `a${index % 3}` },
    { features: featuresOf(LURE), isBad: true, source: `b${index % 3}` },
  ]).flat();
}

function model() {
  const calibration = calibrate([
    { raw: -2, isBad: false, counts: true },
    { raw: 2, isBad: true, counts: false },
  ]);
  return packModel(trainWeights(examples()), calibration, { sources: [], note: 'a test' });
}

describe('the model', () => {
  test('tells a lure from a private mail, and says why in words', () => {
    const [bad, good] = [askModel(model(), LURE), askModel(model(), PLAIN)];
    expect(bad.raw).toBeGreaterThan(good.raw);
    expect(bad.probability).toBeGreaterThan(0.5);
    expect(good.probability).toBeLessThan(0.5);
    expect(bad.against.flatMap((feature) => tellFeature(feature, 'against') ?? [])).not.toEqual([]);
  });

  test('tells no word that says nothing to a person', () => {
    const told = ['n paypal', 'n jp', 'w 0000', 'b of 00'].map((feature) => tellFeature(feature, 'against'));
    expect(told).toEqual(['“paypal” in the sender’s name', null, null, null]);
  });

  test('is the same for the same examples, and survives its file', () => {
    const text = writeModel(model());
    expect(writeModel(model())).toBe(text);
    expect(askModel(parseModel(text), LURE)).toEqual(askModel(model(), LURE));
  });

  test('holds no word of the mails that it was made from', () => {
    const text = writeModel(model());
    for (const word of ['lunch', 'suspended', 'verify', 'Anna', 'verify-center']) expect(text).not.toContain(word);
  });

  test('lets what speaks in one way only never speak the other way, whatever chance there was in its mails', () => {
    const seen = (more: (isBad: boolean) => string[]) =>
      examples().map((one) => ({ ...one, features: [...one.features, ...more(one.isBad)] }));
    const wrong = seen((isBad) => (isBad ? ['t links-own:all'] : ['t link:address', 'i prize', 't link:shortener']));
    const { weights } = trainWeights(wrong);
    const weightOf = (feature: string) => weights.get(vectorOf([feature]).numbers[0] ?? 0);
    expect(['t link:address', 'i prize', 't link:shortener', 't links-own:all'].map(weightOf)).toEqual([0, 0, 0, 0]);
    const right = trainWeights(seen((isBad) => (isBad ? ['t link:address'] : ['t links-own:all']))).weights;
    expect(right.get(vectorOf(['t link:address']).numbers[0] ?? 0)).toBeGreaterThan(0);
    expect(right.get(vectorOf(['t links-own:all']).numbers[0] ?? 0)).toBeLessThan(0);
  });

  test('refuses a file that is none, or is not there', () => {
    expect(() => parseModel('{"v":1}')).toThrow('no model');
    expect(() => readModel('/nowhere/model.json')).toThrow(/ENOENT/);
  });

  test('that is shipped stands by its honest mail and against its lures', () => {
    const shipped = readModel(null);
    if (shipped === null) throw new Error('there is no shipped model');
    expect(askModel(shipped, PLAIN).raw).toBeLessThan(shipped.calibration.suspicious);
    expect(askModel(shipped, LURE).raw).toBeGreaterThan(shipped.calibration.suspicious);
  });
});

const traitsOf = (facts: Partial<MailFacts>) => featuresOf({ ...LURE, ...facts }).filter((one) => one.startsWith('t '));

test('how a page is built says nothing, so that no collection is known by it', () => {
  const [bare, built] = [
    '<p>Hello</p>',
    '<html lang="en"><head><title>Hello</title><meta name="viewport"></head><table role="presentation"><tr><td>Hello</td></tr></table>',
  ];
  expect(traitsOf({ html: built })).toEqual(traitsOf({ html: bare }));
});

test('a name in another script than the address, or that of the company whose address it is, is no stranger’s', () => {
  const strange = 't name:unrelated';
  expect(traitsOf({ fromName: 'Emma' })).toContain(strange);
  for (const fromName of ['王丽', 'じゃらんnet', 'Хабр']) expect(traitsOf({ fromName })).not.toContain(strange);
  const brands = [{ name: 'HMRC', where: 'name' as const, isSender: true, isLinked: false }];
  expect(traitsOf({ fromName: 'HM Revenue', brands })).toContain('t name:is-domain');
  const fake = { fromHost: 'paypal-verify.com', fromDomain: 'paypal-verify.com', fromOwner: 'other' as const };
  expect(traitsOf({ ...fake, brands: [] })).toContain('t name:is-domain');
  expect(traitsOf(fake)).not.toContain('t name:is-domain');
});

test('what stands in a mail never makes reading its features fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 200 }), (text, html) => {
      const facts = { ...LURE, subject: text, fromName: text, text, plain: text, html, fromAddress: text };
      expect(featuresOf(facts).length).toBeGreaterThan(0);
    }),
  );
});

test('training mails are the same for the same seed, of both kinds, and with every brace filled', () => {
  const mails = makeTrainingMails(3, 1);
  expect(makeTrainingMails(3, 1)).toEqual(mails);
  expect(new Set(mails.map(({ isHonest }) => isHonest)).size).toBe(2);
  const words = mails.map(({ source }) => source.replace(/\{[^}]*(?:display|max-width|width)[^}]*\}/g, ''));
  expect(words.filter((source) => /\{(?:shop|first|money|n\d)\}/.test(source))).toEqual([]);
});
