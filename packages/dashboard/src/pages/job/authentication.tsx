import type { Authentication as AuthenticationDocument, AuthVerdict } from '@sluice/contracts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Hostile } from '../../parts/text.tsx';

const TONES: Readonly<Record<AuthVerdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  softfail: 'warn',
  none: 'muted',
  unknown: 'muted',
};
const BY = {
  'trusted-header': 'Said by a server that the operator trusts.',
  dns: 'By our own look into DNS.',
  nobody: 'Nobody trustworthy has looked.',
};
const MEANS = {
  dmarc: 'the sender’s domain stands behind this mail',
  spf: 'the sending server may send for the domain',
  dkim: 'the signature of the domain fits the content',
};

/** Whether the mail comes from whom it says. */
export function Authentication({ authentication }: { authentication: AuthenticationDocument }) {
  return (
    <Card title="Authentication">
      <ul className="flex flex-col gap-2 text-sm">
        {(['dmarc', 'spf', 'dkim'] as const).map((kind) => (
          <li key={kind} className="grid grid-cols-[4rem_5rem_minmax(0,1fr)] items-center gap-2">
            <span className="font-medium uppercase">{kind}</span>
            <span>
              <Badge tone={TONES[authentication[kind]]}>{authentication[kind]}</Badge>
            </span>
            <span className="text-xs text-muted">{MEANS[kind]}</span>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-xs text-muted">{BY[authentication.by]}</p>
      {authentication.quotes.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1 font-mono text-xs">
          {authentication.quotes.map((quote, at) => (
            <li key={at} className="rounded bg-sunken px-2 py-1">
              <Hostile>{quote}</Hostile>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
