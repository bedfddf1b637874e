import { createHmac, type KeyObject } from 'node:crypto';
import type { Evidence, FeedbackHint, Finding, JobId } from '@sluice/contracts';
import { hostsCustomers, isFreeMail, isInfrastructure, isMailer } from './hosts.ts';
import { domainOf, isProven, type SayFacts, sendersOf } from './say-facts.ts';
import { severityOf } from './say-severity.ts';

const KINDS = ['sender', 'sender domain', 'link', 'file', 'text'] as const;
type Kind = (typeof KINDS)[number];

/** Something of a mail that is worth knowing again. */
interface Trace {
  kind: Kind;
  value: string;
  digest: string;
}

const MOST_OF_KIND = 20;
/** What an analyst's word on one mail weighs for another one with the same trace. */
const WEIGHTS: Readonly<Record<Kind, number>> = { sender: 25, 'sender domain': 10, link: 25, file: 35, text: 30 };
const SUSPICIOUS_WEIGHT = 10;
const CLEAN_EASES = 20;
const MOST_EVIDENCE = 5;

/**
 * What of a mail may come again, each as a digest keyed by tenant: senders, their domains where they are their own, hosts of links where not everybody links to them, files, the text. The key is
 * `DATA_KEY`; without one the digests can be guessed by whoever reads Redis and knows a name to guess.
 */
export function tracesOf(facts: SayFacts, tenant: string, key: KeyObject | undefined): Trace[] {
  const senders = sendersOf(facts);
  const { urls, hashes } = facts.indicators;
  const hosts = urls.filter(({ hostKind }) => hostKind !== 'none').map(({ host }) => host.toLowerCase());
  const values: Record<Kind, string[]> = {
    sender: senders,
    'sender domain': senders.map(domainOf).filter((domain) => !isFreeMail(domain)),
    link: hosts.filter((host) => !isInfrastructure(host) && !hostsCustomers(host) && !isMailer(host)),
    file: hashes.flatMap(({ sha256 }) => sha256 ?? []),
    text: facts.subject.kind === 'mail' ? [facts.subject.textSha256 ?? []].flat() : [],
  };
  return KINDS.flatMap((kind) =>
    [...new Set(values[kind])].slice(0, MOST_OF_KIND).map((value) => {
      const mac = createHmac('sha256', key ?? 'sluice feedback').update(JSON.stringify([tenant, kind, value]));
      return { kind, value, digest: mac.digest('hex').slice(0, 32) };
    }),
  );
}

/**
 * What analysts said of other mails with the same traces: one finding for each verdict. `malicious` and `suspicious` weigh a little; `clean` eases soft evidence, where the sender is proven
 * or the trace is no sender, and takes nothing off hard evidence.
 */
export function feedbackFindings(
  traces: readonly Trace[],
  hints: ReadonlyMap<string, FeedbackHint>,
  facts: SayFacts,
  jobId: JobId,
): Finding[] {
  const known = traces.flatMap((trace) => {
    const hint = hints.get(trace.digest);
    return hint === undefined || hint.jobId === jobId ? [] : [{ ...trace, hint }];
  });
  const byVerdict = Map.groupBy(known, ({ hint }) => hint.verdict);
  return [...byVerdict].map(([verdict, some]) => {
    const weights = some.map(({ kind }) => WEIGHTS[kind]);
    const weight = verdict === 'clean' ? 0 : verdict === 'suspicious' ? SUSPICIOUS_WEIGHT : Math.max(...weights);
    const category = some.map(({ hint }) => hint.category).find((one) => one !== null);
    const isHarm = verdict !== 'clean' && category !== undefined && category !== null && category !== 'legitimate';
    const eases = isProven(facts) || some.some(({ kind }) => !kind.startsWith('sender'));
    const kinds = [...new Set(some.map(({ kind }) => kind))].join(', ');
    return {
      id: `feedback.${verdict}`,
      severity: severityOf(weight),
      weight,
      ...(isHarm ? { category } : {}),
      ...(verdict === 'clean' && eases ? { eases: CLEAN_EASES } : {}),
      title: `An analyst judged a mail with the same ${kinds} as ${verdict}`,
      explanation: `An analyst of the house has looked at another mail with the same ${kinds}, and called it ${verdict}.`,
      evidence: some.slice(0, MOST_EVIDENCE).flatMap(tell),
    };
  });
}

function tell({ kind, value, hint }: Trace & { hint: FeedbackHint }): Evidence[] {
  return [
    { where: kind, quote: value.slice(0, 300) },
    { where: 'judged', quote: `${hint.at.slice(0, 10)}, job ${hint.jobId}` },
  ];
}
