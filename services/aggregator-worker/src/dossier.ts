import {
  type Authentication,
  type Dossier,
  type Findings,
  type Indicators,
  type LimitHit,
  type MailDocument,
  type NotAsked,
  type ObservableScanInput,
  type ReportPart,
  type ReportSubject,
  type ResourceSet,
  SluiceError,
  type Withheld,
} from '@sluice/contracts';
import { textDigest } from '@sluice/judgement/say';
import { type AnswerEvidence, tellAnswers } from './answers.ts';
import { tellWithheld } from './missing.ts';
import { catalogueOf } from './resources.ts';
import { tellVisits, type VisitEvidence } from './visits.ts';

export interface Evidence {
  document: MailDocument | null;
  indicators: Indicators | null;
  observable: ObservableScanInput | null;
  authentication: Authentication | null;
  findings: Findings[];
  visits: VisitEvidence[];
  answers: AnswerEvidence[];
  /** They name the resources of parts and visits; the most telling first. */
  resources: ResourceSet[];
  notAsked: NotAsked[];
  withheld: Withheld[];
  parts: ReportPart[];
}

/** Quotes that a finding keeps. */
const MOST_EVIDENCE = 20;

const NO_INDICATORS: Indicators = {
  v: 1,
  urls: [],
  domains: [],
  ips: [],
  addresses: [],
  hashes: [],
  received: [],
  limits: [],
};

/** Puts together what the stages found; a finding that several checks made stands once, with its greatest weight. */
export function assemble(evidence: Evidence): Dossier {
  const { document, findings, parts, authentication } = evidence;
  const catalogue = catalogueOf(evidence.resources);
  const indicators = evidence.indicators ?? NO_INDICATORS;
  return {
    v: 1,
    subject: subjectOf(evidence),
    findings: mergeFindings(findings),
    indicators,
    limits: mergeLimits([...(document?.limits ?? []), ...indicators.limits]),
    defects: document?.defects ?? [],
    parts,
    visits: tellVisits(parts, evidence.visits, catalogue, findings),
    answers: tellAnswers(parts, evidence.answers, catalogue, evidence.notAsked),
    withheld: evidence.withheld.map(tellWithheld),
    authentication,
  };
}

function subjectOf({ document, observable }: Evidence): ReportSubject {
  if (observable !== null) return { kind: 'observable', ...observable };
  const [mail] = document?.mails ?? [];
  if (document === null || mail === undefined) {
    throw new SluiceError('nothing-to-report', 'There is neither a mail nor an observable to report on.');
  }
  const textSha256 = textDigest(mail);
  return {
    kind: 'mail',
    sha256: document.sha256,
    sizeBytes: document.sizeBytes,
    subject: mail.subject,
    ...(textSha256 === undefined ? {} : { textSha256 }),
    date: mail.date,
    messageId: mail.messageId,
    from: mail.from,
    to: mail.to,
    attachments: document.mails.flatMap(({ attachments }) => attachments),
    innerMails: document.mails.length - 1,
  };
}

function mergeFindings(sets: Findings[]): Dossier['findings'] {
  const merged = new Map<string, Dossier['findings'][number]>();
  for (const finding of sets.flatMap(({ findings }) => findings)) {
    const known = merged.get(finding.id);
    if (known === undefined) merged.set(finding.id, finding);
    else {
      const stronger = finding.weight > known.weight ? finding : known;
      merged.set(finding.id, { ...stronger, evidence: [...known.evidence, ...finding.evidence] });
    }
  }
  return [...merged.values()].map((one) => {
    const once = new Map(one.evidence.map((evidence) => [`${evidence.where} ${evidence.quote}`, evidence]));
    return { ...one, evidence: [...once.values()].slice(0, MOST_EVIDENCE) };
  });
}

/** What parsing and extracting say alike of a bound stands once, with the most that was found. */
function mergeLimits(limits: LimitHit[]): LimitHit[] {
  const merged = new Map<string, LimitHit>();
  for (const limit of limits) {
    const key = `${limit.limit} ${limit.message}`;
    const found = Math.max(merged.get(key)?.found ?? -1, limit.found ?? -1);
    merged.set(key, { ...limit, ...(found < 0 ? {} : { found }) });
  }
  return [...merged.values()];
}
