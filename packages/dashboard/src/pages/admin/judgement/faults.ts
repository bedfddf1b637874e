import { JudgementSay } from '@sluice/contracts';

/** The parts of a say that are checked one by one. */
type Part = keyof typeof JudgementSay.shape;

type Checked<Value> = { value: Value; faults: readonly [] } | { value: null; faults: readonly string[] };

/** A part as the gateway would take it; else what is wrong with it, in sentences. What expressions of rules may be is known to the gateway alone. Pure. */
export function check<Name extends Part>(part: Name, given: unknown): Checked<JudgementSay[Name]> {
  const parsed = JudgementSay.shape[part].safeParse(given);
  // The schema is that of the part, which TypeScript does not know of an indexed one.
  if (parsed.success) return { value: parsed.data as JudgementSay[Name], faults: [] };
  return { value: null, faults: [...new Set(parsed.error.issues.map((issue) => tell(part, issue, given)))] };
}

interface Issue {
  code: string;
  path: readonly PropertyKey[];
  message: string;
  minimum?: unknown;
  maximum?: unknown;
  origin?: unknown;
}

const NAMES: Readonly<Record<string, string>> = {
  value: 'The value',
  note: 'The note',
  name: 'The name',
  domains: 'The list of domains',
  id: 'The id',
  title: 'The title',
  explanation: 'The explanation',
  weight: 'The weight',
  field: 'The header’s name',
  when: 'The rule',
  suspicious: 'The score for suspicious',
  malicious: 'The score for malicious',
};
/** What the whole of a part is called before a fault of it. */
const WHOLES: Partial<Record<Part, string>> = { thresholds: 'The score for', rules: 'The list of rules' };
const MOST_QUOTED = 80;

function tell(part: Part, issue: Issue, given: unknown): string {
  const name = issue.path.findLast((step) => typeof step === 'string');
  // Of a record the key itself is at fault.
  if (issue.code === 'invalid_key') return `“${String(name)}” is no id of a finding.`;
  const found = issue.path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step],
    given,
  );
  return `${subjectOf(part, name, found)} ${verbOf(issue, found)}.`;
}

/** What was written, where it is short; else what it is called. */
function subjectOf(part: Part, name: string | undefined, found: unknown): string {
  if (typeof found === 'string' && found.trim() !== '' && found.length <= MOST_QUOTED) return `“${found}”`;
  if (name === undefined) return WHOLES[part] ?? 'The list';
  return NAMES[name] ?? 'The weight';
}

function verbOf({ code, message, minimum, maximum, origin }: Issue, found: unknown): string {
  if (found === undefined || found === '' || Number.isNaN(found)) return 'is missing';
  if (code === 'too_small') {
    if (origin === 'number') return `is below ${String(minimum)}`;
    return origin === 'string' ? `is shorter than ${String(minimum)} characters` : 'is empty';
  }
  if (code === 'too_big') {
    if (origin === 'number') return `is above ${String(maximum)}`;
    return origin === 'string' ? `is longer than ${String(maximum)} characters` : 'is too long';
  }
  if (code === 'invalid_union') return 'is no field of a mail';
  return message;
}
