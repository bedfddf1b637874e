import type { Hop, JobId, ReportVisit, VisitFacts } from '@sluice/contracts';
import { ArrowDown, Link2Off, LockKeyhole, LockOpen } from 'lucide-react';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card, Fact, Facts } from '../../parts/card.tsx';
import { bytes, duration, plural, words } from '../../parts/format.ts';
import { Empty } from '../../parts/note.tsx';
import { Address, Copy, Hostile } from '../../parts/text.tsx';
import { defang, plain } from '../../parts/hostile.ts';
import { useJob } from './context.ts';
import { Screenshot } from './screenshot.tsx';

const STATUS_TONES: Readonly<Record<ReportVisit['status'], Tone>> = {
  visited: 'good',
  cached: 'accent',
  failed: 'bad',
  late: 'warn',
};

/** Every link that was opened: its chain, its landing page, and what was cut off. */
export function Links() {
  const { jobId, report } = useJob();
  if (report === null || report.visits.length === 0) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={Link2Off} title={report === null ? 'No link is opened yet' : 'No link was opened'}>
          <p>
            {report === null
              ? 'Links are opened in the sandbox, by a browser that nobody is signed in to.'
              : 'There was none worth opening, or what the sender’s TLP permits forbids it.'}
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <ol className="flex flex-col gap-4">
      {report.visits.map((visit, at) => (
        <li key={at}>
          <Visit jobId={jobId} visit={visit} number={at + 1} />
        </li>
      ))}
    </ol>
  );
}

function Visit({ jobId, visit, number }: { jobId: JobId; visit: ReportVisit; number: number }) {
  const { url, status, why, facts, brands } = visit;
  const isReached = facts === null || facts.chain.length > 0;
  return (
    <Card
      title={`Link ${number}`}
      aside={
        <>
          {isReached ? <Badge tone={STATUS_TONES[status]}>{status}</Badge> : <Badge tone="warn">not reached</Badge>}
          {facts !== null && <span>{duration(facts.tookMs)}</span>}
        </>
      }
    >
      <p className="mb-3 flex items-start gap-1 text-sm">
        <Address>{url}</Address>
        <Copy text={plain(defang(url))} label={`Copy link ${number}, defanged`} />
      </p>
      {why !== null && <p className="mb-3 text-sm text-muted">{why}</p>}
      {facts !== null && (
        <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="min-w-0">
            <Chain facts={facts} />
            <Landing facts={facts} brands={brands} />
          </div>
          {facts.screenshot === null ? (
            <p className="self-start rounded-lg bg-sunken p-4 text-center text-xs text-muted">
              {facts.by === 'http'
                ? 'Read without a browser: there is no picture.'
                : 'There was nothing to take a picture of.'}
            </p>
          ) : (
            <Screenshot jobId={jobId} number={number} url={facts.finalUrl} className="w-full self-start" />
          )}
        </div>
      )}
    </Card>
  );
}

function Chain({ facts: { chain, cuts } }: { facts: VisitFacts }) {
  return (
    <ol aria-label="Redirect chain" className="flex flex-col text-sm">
      {chain.map((hop, at) => (
        <li key={at}>
          <HopLine hop={hop} />
          {hop.kind !== null && at < chain.length - 1 && (
            <p className="flex items-center gap-1.5 py-1 pl-3 text-xs text-muted">
              <ArrowDown size={13} aria-hidden /> {SENT_ON[hop.kind]}
            </p>
          )}
        </li>
      ))}
      {cuts.map(({ reason, url, message }, at) => (
        <li key={`cut ${at}`} className="mt-1 rounded-lg bg-warn-soft px-3 py-1.5 text-xs">
          <span className="font-semibold text-warn">{words(reason)}</span> {message} <Address>{url}</Address>
        </li>
      ))}
    </ol>
  );
}

const SENT_ON: Readonly<Record<NonNullable<Hop['kind']>, string>> = {
  http: 'sent on by HTTP',
  'refresh-header': 'sent on by a Refresh header',
  'meta-refresh': 'sent on by the page (meta refresh)',
  script: 'sent on by a script',
};

function HopLine({ hop: { url, status, address, port, certificate, tookMs, bytes: size } }: { hop: Hop }) {
  return (
    <div className="rounded-lg border border-line px-3 py-1.5">
      <p className="flex flex-wrap items-center gap-x-2">
        <Badge tone={toneOf(status)}>{status ?? 'no answer'}</Badge>
        <Address className="min-w-0">{url}</Address>
      </p>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-muted">
        <span className="font-mono">
          {address}:{port}
        </span>
        <span>{duration(tookMs)}</span>
        <span>{bytes(size)}</span>
        {certificate !== undefined && (
          <span className={`inline-flex items-center gap-1 ${certificate.authorized ? '' : 'text-bad'}`}>
            {certificate.authorized ? <LockKeyhole size={12} aria-hidden /> : <LockOpen size={12} aria-hidden />}
            <Hostile>
              {certificate.authorized
                ? `certificate of ${certificate.issuer}`
                : (certificate.problem ?? 'certificate not to be trusted')}
            </Hostile>
          </span>
        )}
      </p>
    </div>
  );
}

function toneOf(status: number | null): Tone {
  if (status === null || status >= 500) return 'bad';
  if (status >= 400) return 'warn';
  return status >= 300 ? 'accent' : 'good';
}

function Landing({ facts: { landing, download, guard }, brands }: { facts: VisitFacts; brands: readonly string[] }) {
  if (landing === null && download === null && guard.length === 0) return null;
  return (
    <div className="mt-4">
      <Facts>
        {landing !== null && (
          <>
            <Fact name="Page title">{landing.title === null ? 'none' : <Hostile>{landing.title}</Hostile>}</Fact>
            {landing.passwordFields > 0 && (
              <Fact name="Asks for">
                <Badge tone="bad">{plural(landing.passwordFields, 'password')}</Badge>
              </Fact>
            )}
            {landing.forms.map((form, at) => (
              <Fact key={at} name="Form sends to">
                <Address>{form.action}</Address>{' '}
                <span className="text-muted">
                  by {form.method}, {plural(form.fields, 'field')}
                </span>
              </Fact>
            ))}
          </>
        )}
        {brands.length > 0 && (
          <Fact name="Names brands">
            <Hostile>{brands.join(', ')}</Hostile>
          </Fact>
        )}
        {download !== null && (
          <Fact name="Hands over">
            <Hostile>{download.fileName ?? 'a file'}</Hostile> {bytes(download.bytes)}{' '}
            {download.sha256 !== null && <span className="font-mono text-xs">{download.sha256}</span>}
          </Fact>
        )}
        {guard.map(({ host, why }, at) => (
          <Fact key={at} name="Refused">
            <Hostile>{host}</Hostile> <span className="text-muted">({why})</span>
          </Fact>
        ))}
      </Facts>
      {landing !== null && landing.text.trim() !== '' && (
        <details className="mt-3 text-sm">
          <summary className="min-h-6 cursor-pointer text-muted">What the page says</summary>
          <p className="mt-2 max-h-64 overflow-auto rounded-lg bg-sunken p-3 text-xs whitespace-pre-wrap" tabIndex={0}>
            <Hostile>{landing.text}</Hostile>
          </p>
        </details>
      )}
    </div>
  );
}
