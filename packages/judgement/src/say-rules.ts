import type {
  Evidence,
  Finding,
  Indicators,
  MailAddress,
  MailDocument,
  ParsedMail,
  RuleCondition,
  SayRule,
} from '@sluice/contracts';
import { type Budget, compilePattern, type Pattern } from './say-pattern.ts';
import { severityOf } from './say-severity.ts';
import { plainText, squeeze } from './say-text.ts';

type Mail = { document: MailDocument; indicators: Indicators };
type Test = (value: string, budget: Budget) => { end: number } | null;
interface Condition {
  field: RuleCondition['field'];
  isNot: boolean;
  test: Test;
}
interface CompiledRule {
  rule: SayRule;
  all: Condition[];
  any: Condition[];
}

/** What all expressions of all rules may do with one mail: some tenths of a second, however they and the mail are made. */
const MOST_WORK = 5_000_000;
const QUOTE_CHARS = 160;

/** An operator's rules, made ready once. Throws `RangeError` for an expression that is none: see {@link faultsOfRules}. */
export type RuleBook = (mail: Mail) => Finding[];

export function openRules(rules: readonly SayRule[]): RuleBook {
  const compiled = rules.map(
    (rule): CompiledRule => ({ rule, all: rule.when.all.map(compile), any: rule.when.any.map(compile) }),
  );
  return (mail) => {
    const values = createFields(mail);
    const budget = { left: MOST_WORK };
    const holds = (condition: Condition): Evidence | null => {
      const found = holdsFor(condition, values(condition.field), budget);
      return budget.left < 0 ? null : found;
    };
    const findings = compiled.flatMap((each) => {
      const evidence = evidenceOf(each, holds);
      return evidence === null || budget.left < 0 ? [] : [findingOf(each.rule, evidence)];
    });
    return budget.left < 0 ? [...findings, UNFINISHED] : findings;
  };
}

/** What is wrong with the expressions of rules, each with its place; none where all can be used. */
export function faultsOfRules(rules: readonly SayRule[]): { path: (string | number)[]; message: string }[] {
  return rules.flatMap(({ when }, at) =>
    (['all', 'any'] as const).flatMap((part) =>
      when[part].flatMap((condition, index) => {
        const message = faultOf(condition);
        return message === null ? [] : [{ path: ['rules', at, 'when', part, index, 'value'], message }];
      }),
    ),
  );
}

function faultOf(condition: RuleCondition): string | null {
  try {
    compile(condition);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return `the expression ${error.message}`;
    throw error;
  }
}

function compile({ field, is, value, not }: RuleCondition): Condition {
  return { field, isNot: not, test: testOf(is, value) };
}

function testOf(is: RuleCondition['is'], value: string): Test {
  if (is === 'matches') {
    const pattern: Pattern = compilePattern(value);
    return (text, budget) => placeOf(pattern(text, budget));
  }
  const wanted = squeeze(value).toLowerCase();
  return (text) => {
    const given = text.toLowerCase();
    const at = {
      contains: () => given.indexOf(wanted),
      equals: () => (given === wanted ? 0 : -1),
      starts: () => (given.startsWith(wanted) ? 0 : -1),
      ends: () => (given.endsWith(wanted) ? given.length - wanted.length : -1),
    }[is]();
    return at === -1 ? null : { end: at + wanted.length };
  };
}

function placeOf(end: number | null): { end: number } | null {
  return end === null ? null : { end };
}

function holdsFor({ field, isNot, test }: Condition, values: readonly string[], budget: Budget): Evidence | null {
  for (const value of values) {
    const found = test(value, budget);
    if (found !== null) return isNot ? null : { where: field, quote: quoteAround(value, found.end) };
  }
  return isNot ? { where: field, quote: '(nothing of the kind)' } : null;
}

function evidenceOf({ all, any }: CompiledRule, holds: (condition: Condition) => Evidence | null): Evidence[] | null {
  const evidence: Evidence[] = [];
  for (const condition of all) {
    const found = holds(condition);
    if (found === null) return null;
    evidence.push(found);
  }
  if (any.length === 0) return evidence;
  for (const condition of any) {
    const found = holds(condition);
    if (found !== null) return [...evidence, found];
  }
  return null;
}

function findingOf({ id, title, explanation, category, weight }: SayRule, evidence: Evidence[]): Finding {
  return {
    id: `operator.rule.${id}`,
    severity: severityOf(weight),
    weight,
    ...(category === undefined ? {} : { category }),
    title,
    explanation,
    evidence: [{ where: 'rule', quote: id }, ...evidence],
  };
}

const UNFINISHED: Finding = {
  id: 'operator.rules-unfinished',
  severity: 'info',
  weight: 0,
  title: 'Not all rules of the operator were tried',
  explanation: 'The mail is so long, and the rules read so much of it, that trying them all would take too long.',
  evidence: [],
};

function quoteAround(value: string, end: number): string {
  const from = Math.max(0, Math.min(end - QUOTE_CHARS / 2, value.length - QUOTE_CHARS));
  return value.slice(from, from + QUOTE_CHARS);
}

/** The values of a field of the mail and of those inside it; each field is read once. */
function createFields({ document, indicators }: Mail): (field: RuleCondition['field']) => readonly string[] {
  const read = new Map<string, readonly string[]>();
  return (field) => {
    const known = read.get(field);
    if (known !== undefined) return known;
    const values = readField(field, document.mails, indicators).map((value) => value.slice(0, 200_000));
    read.set(field, values);
    return values;
  };
}

function readField(field: RuleCondition['field'], mails: readonly ParsedMail[], indicators: Indicators): string[] {
  const [kind, header = ''] = field.split(':', 2);
  const files = mails.flatMap(({ attachments }) => attachments);
  const addresses = mails.flatMap(({ from }) => from).map(({ address }) => address);
  switch (kind) {
    case 'from':
      return mails.flatMap(({ from }) => from.flatMap(tellAddress));
    case 'from-domain':
      return addresses.map((address) => address.slice(address.lastIndexOf('@') + 1));
    case 'to':
      return mails.flatMap(({ to, cc }) => [...to, ...cc].flatMap(tellAddress));
    case 'subject':
      return mails.flatMap(({ subject }) => (subject === null ? [] : squeeze(subject)));
    case 'text':
      return mails.map(textOf);
    case 'url':
      return indicators.urls.map(({ url }) => url);
    case 'url-host':
      return [...new Set(indicators.urls.map(({ host }) => host))];
    case 'attachment-name':
      return files.flatMap(({ fileName }) => fileName ?? []);
    case 'attachment-type':
      return files.flatMap(({ declaredType, detectedType }) => [
        declaredType,
        ...(detectedType === null ? [] : [detectedType]),
      ]);
    case 'attachment-sha256':
      return files.map(({ sha256 }) => sha256);
    default:
      return mails.flatMap(({ headers }) =>
        headers.filter(({ name }) => name === header).map(({ value }) => squeeze(value)),
      );
  }
}

/** As people may mean it: the address, the name, or both. */
function tellAddress({ name, address }: MailAddress): string[] {
  return name === '' ? [address] : [address, squeeze(name), squeeze(`${name} <${address}>`)];
}

function textOf({ text, html, contents = [] }: ParsedMail): string {
  const files = contents.flatMap((content) => (content.text === undefined ? [] : squeeze(content.text)));
  return [squeeze(text ?? ''), plainText(html ?? ''), ...files].filter((part) => part !== '').join('\n');
}
