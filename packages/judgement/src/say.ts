import type { BlockEntry, Evidence, Finding, JudgementSay, Report } from '@sluice/contracts';
import { holds, isBelow, isProven, isSentBy, type SayFacts, sendersOf } from './say-facts.ts';
import { identityFindings } from './say-identity.ts';
import { severityOf } from './say-severity.ts';
import { type Score, scoreFindings } from './score.ts';

type Operator = NonNullable<Report['operator']>;

interface Judgement {
  score: Score;
  /** Where the operator's settings made a difference. */
  operator?: Operator;
}

const BLOCKED_WEIGHT = 95;
const TRUSTED_EASES = 60;
const MOST_EVIDENCE = 20;
const URL_HOST = /\b(?:https?|hxxps?):\/\/(?:[^\s/?#@]*@)?([^\s/?#:]+)/gi;

/** Findings as they were before an operator's settings: without theirs, and with their own weights. */
export function withoutSay(findings: readonly Finding[]): Finding[] {
  return findings
    .filter(({ id }) => !id.startsWith('operator.'))
    .map(({ ownWeight, ...finding }) => ({ ...finding, weight: ownWeight ?? finding.weight }));
}

/**
 * What findings amount to under an operator's settings. `findings` may hold what the rules have found (`operator.rule.*`). A block stands above an allow; an allow takes the weight of
 * all but malware, and what it took it from stays in the report.
 */
export function judge(findings: readonly Finding[], facts: SayFacts, say: JudgementSay): Judgement {
  const plain = scoreFindings(withoutSay(findings));
  const lists = listFindings(say, facts);
  const found = [...findings, ...identityFindings(say, facts), ...lists];
  const judged = found.map(weighing(say)).map(allowing(say, facts));
  const score = scoreFindings(judged, say.thresholds ?? undefined);
  if (score.score === plain.score && score.verdict === plain.verdict) return { score };
  const { verdict, category, score: points } = plain;
  return { score, operator: { because: reasonsOf(judged, say), without: { verdict, category, score: points } } };
}

function reasonsOf(judged: readonly Finding[], { thresholds }: JudgementSay): string[] {
  const own = judged.filter(({ id }) => id.startsWith('operator.')).map(({ title }) => title);
  const moved = judged.filter(({ ownWeight, weight }) => ownWeight !== undefined && ownWeight !== weight);
  const weights =
    moved.length === 0
      ? []
      : [`${moved.length === 1 ? 'One finding weighs' : `${moved.length} findings weigh`} what the operator says`];
  const bounds =
    thresholds === null ? [] : [`Suspicious from ${thresholds.suspicious}, malicious from ${thresholds.malicious}`];
  return [...own, ...weights, ...bounds];
}

function weighing({ weights }: JudgementSay): (finding: Finding) => Finding {
  return (finding) => {
    const weight = Object.hasOwn(weights, finding.id) ? weights[finding.id] : undefined;
    return weight === undefined ? finding : reweigh(finding, weight);
  };
}

function reweigh(finding: Finding, weight: number): Finding {
  if (weight === finding.weight) return finding;
  return { ...finding, weight, severity: severityOf(weight), ownWeight: finding.ownWeight ?? finding.weight };
}

function listFindings(say: JudgementSay, facts: SayFacts): Finding[] {
  const allowed = allowedSenders(say.allow, facts);
  const trusted = allowedSenders(say.trustedSenders, facts);
  const content = say.allow
    .filter((entry) => holds(facts, entry))
    .map(({ kind, value }) => quote('allow list', kind, value));
  return [
    ...blockFindings(say.block.filter((entry) => isBlocked(entry, facts))),
    ...told(
      'allowed',
      'On the allow list of the operator',
      'The operator has allowed it. What else speaks against the mail counts no more, but for malware.',
      [...allowed.proven, ...content],
    ),
    ...told(
      'allow-unproven',
      'The sender is allowed, but nothing proves that it is the sender',
      'The operator allows mails of this sender. Nothing proves that this one comes from it, so the allow list does not count.',
      allowed.unproven,
    ),
    ...told(
      'trusted-sender',
      'A sender that the operator trusts',
      'The operator trusts this sender: weak signs against it count less.',
      trusted.proven,
      TRUSTED_EASES,
    ),
  ];
}

function told(name: string, title: string, explanation: string, evidence: Evidence[], eases?: number): Finding[] {
  if (evidence.length === 0) return [];
  const some = evidence.slice(0, MOST_EVIDENCE);
  const easing = eases === undefined ? {} : { eases };
  return [{ id: `operator.${name}`, severity: 'info', weight: 0, ...easing, title, explanation, evidence: some }];
}

type SenderEntry = { kind: string; value: string; unauthenticated?: boolean };

/** Entries that all of the mail's senders fall under, by whether that counts. */
function allowedSenders(
  entries: readonly SenderEntry[],
  facts: SayFacts,
): { proven: Evidence[]; unproven: Evidence[] } {
  const senders = sendersOf(facts);
  const fitting = entries.filter(
    ({ kind, value }) =>
      (kind === 'address' || kind === 'domain') &&
      senders.length > 0 &&
      senders.every((address) => isSentBy(address, { kind, value })),
  );
  const counts = ({ unauthenticated }: SenderEntry) => isProven(facts) || unauthenticated === true;
  const tell = ({ kind, value }: SenderEntry) => quote('operator', kind, value);
  const proven = fitting.filter(counts);
  return { proven: proven.map(tell), unproven: proven.length > 0 ? [] : fitting.map(tell) };
}

function isBlocked(entry: BlockEntry, facts: SayFacts): boolean {
  return sendersOf(facts, true).some((address) => isSentBy(address, entry)) || holds(facts, entry);
}

function blockFindings(entries: readonly BlockEntry[]): Finding[] {
  if (entries.length === 0) return [];
  const category = entries.find((entry) => entry.category !== undefined)?.category;
  const evidence = entries.flatMap(({ kind, value, note }) => [
    quote('block list', kind, value),
    ...(note === undefined ? [] : [{ where: 'note', quote: note }]),
  ]);
  return [
    {
      id: 'operator.blocked',
      severity: 'critical',
      weight: BLOCKED_WEIGHT,
      ...(category === undefined ? {} : { category }),
      title: 'On the block list of the operator',
      explanation: 'The operator has blocked the sender, a link or a file of this mail.',
      evidence: evidence.slice(0, MOST_EVIDENCE),
    },
  ];
}

function quote(where: string, kind: string, value: string): Evidence {
  return { where, quote: `${kind} ${value}` };
}

/** Takes the weight of what the allow list covers. */
function allowing({ allow }: JudgementSay, facts: SayFacts): (finding: Finding) => Finding {
  const isSenderAllowed = allowedSenders(allow, facts).proven.length > 0;
  const hosts = allow.filter(({ kind }) => kind === 'url-host').map(({ value }) => value);
  const files = allowedFiles(allow, facts);
  return (finding) => {
    if (finding.category === 'malware' || finding.id === 'operator.blocked' || finding.weight === 0) return finding;
    const isCovered = isSenderAllowed || isAbout(finding, hosts) || isOfFiles(finding, files);
    return isCovered ? reweigh(finding, 0) : finding;
  };
}

/** All that it quotes are URLs of these hosts. */
function isAbout({ evidence }: Finding, hosts: readonly string[]): boolean {
  if (hosts.length === 0 || evidence.length === 0) return false;
  return evidence.every(({ quote: text }) => {
    const named = [...text.matchAll(URL_HOST)].map(([, host = '']) => host.toLowerCase());
    return named.length > 0 && named.every((host) => hosts.some((domain) => isBelow(host, domain)));
  });
}

function allowedFiles(allow: JudgementSay['allow'], { subject }: SayFacts): string[] {
  if (subject.kind !== 'mail') return [];
  const hashes = new Set(allow.filter(({ kind }) => kind === 'hash').map(({ value }) => value));
  const isAllowed = (file: { md5: string; sha1: string; sha256: string }) =>
    [file.md5, file.sha1, file.sha256].some((hash) => hashes.has(hash));
  return subject.attachments.filter(isAllowed).flatMap(({ fileName }) => fileName ?? []);
}

function isOfFiles({ id, evidence }: Finding, files: readonly string[]): boolean {
  if (files.length === 0 || evidence.length === 0 || !/^(?:attachment|yara)\./.test(id)) return false;
  return evidence.every(({ quote: text }) => files.some((name) => text.includes(name)));
}
