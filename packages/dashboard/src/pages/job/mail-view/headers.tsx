import type { ParsedMail } from '@sluice/contracts';
import { useState } from 'react';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/card.tsx';
import { cut } from '../../../parts/hostile.ts';
import { Hostile } from '../../../parts/text.tsx';
import { meaningOf } from './header-words.ts';

const LONGEST = 2_000;
const SHOWN = 60;

/** Every header in its order, and what it means. */
export function Headers({ mail }: { mail: ParsedMail | undefined }) {
  const [isWhole, setWhole] = useState(false);
  const headers = mail?.headers ?? [];
  const shown = isWhole ? headers : headers.slice(0, SHOWN);
  return (
    <Card
      title="Headers"
      isFlush
      aside={
        <>
          {headers.length}
          {!isWhole && headers.length > SHOWN && <Button onPress={() => setWhole(true)}>Show all</Button>}
        </>
      }
    >
      <dl className="divide-y divide-line text-sm">
        {shown.map(({ name, value }, at) => (
          <div key={at} className="grid gap-x-4 px-4 py-2 md:grid-cols-[13rem_minmax(0,1fr)]">
            <dt className="font-medium">
              <Hostile>{name}</Hostile>
            </dt>
            <dd className="min-w-0">
              <Hostile className="font-mono text-xs">{cut(value, LONGEST)}</Hostile>
              {meaningOf(name) !== null && <p className="mt-0.5 text-xs text-muted">{meaningOf(name)}</p>}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
