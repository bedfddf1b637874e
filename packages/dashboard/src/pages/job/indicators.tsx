import type { Report } from '@sluice/contracts';
import { Fingerprint } from 'lucide-react';
import { Card } from '../../parts/card.tsx';
import { defang, plain } from '../../parts/hostile.ts';
import { Empty } from '../../parts/note.tsx';
import { Address, Copy, Hostile } from '../../parts/text.tsx';
import { useJob } from './context.ts';
import { defangedIndicators } from './indicator-text.ts';

interface Row {
  value: string;
  note: string;
}

const MOST = 200;

/** What the mail names: to block, to hunt for, to share. All of it defanged. */
export function IndicatorLists() {
  const { report } = useJob();
  const groups = report === null ? [] : groupsOf(report).filter(({ rows }) => rows.length > 0);
  if (report === null || groups.length === 0) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={Fingerprint} title={report === null ? 'Nothing is extracted yet' : 'It names nothing'}>
          <p>Links, domains, addresses and files of the mail are listed here.</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <div>
        <Copy text={defangedIndicators(report)} label="Copy all, defanged" isQuiet={false} />
      </div>
      {groups.map(({ name, rows }) => (
        <Card key={name} title={name} aside={`${rows.length}`} isFlush>
          <ul className="divide-y divide-line">
            {rows.slice(0, MOST).map(({ value, note }, at) => (
              <li key={at} className="flex flex-wrap items-center gap-x-3 px-4 py-1.5 text-sm">
                <span className="min-w-0 flex-1">
                  <Address>{value}</Address> <Copy text={plain(defang(value))} label={`Copy ${plain(defang(value))}`} />
                </span>
                <span className="text-xs text-muted">
                  <Hostile>{note}</Hostile>
                </span>
              </li>
            ))}
          </ul>
          {rows.length > MOST && (
            <p className="px-4 py-2 text-sm text-muted">And {rows.length - MOST} more in the export.</p>
          )}
        </Card>
      ))}
    </div>
  );
}

function groupsOf({ indicators: { urls, domains, ips, addresses, hashes } }: Report): { name: string; rows: Row[] }[] {
  return [
    {
      name: 'Links',
      rows: urls.map(({ url, places }) => ({
        value: url,
        note: [...new Set(places.map(({ where }) => where))].join(', '),
      })),
    },
    {
      name: 'Domains',
      rows: domains.map(({ domain, unicode, sources }) => ({
        value: domain,
        note: [...(domain === unicode ? [] : [`reads ${unicode}`]), ...sources].join(', '),
      })),
    },
    {
      name: 'IP addresses',
      rows: ips.map(({ ip, scope, sources }) => ({ value: ip, note: `${scope}, ${sources.join(', ')}` })),
    },
    {
      name: 'Mail addresses',
      rows: addresses.map(({ address, roles }) => ({ value: address, note: roles.join(', ') })),
    },
    {
      name: 'Files',
      rows: hashes.map(({ sha256, sha1, md5, fileName }) => ({
        value: sha256 ?? sha1 ?? md5 ?? '',
        note: fileName ?? 'hash',
      })),
    },
  ];
}
