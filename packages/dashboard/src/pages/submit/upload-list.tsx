import { ArrowRight, CircleCheck, CircleX, Clock, LoaderCircle } from 'lucide-react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { Link } from 'react-router';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes, plural } from '../../parts/format.ts';
import { Hostile } from '../../parts/text.tsx';
import { JobLine } from './job-line.tsx';
import type { Upload, UploadState } from './uploads.ts';

interface Props {
  uploads: readonly Upload[];
  onAgain: (id: number) => void;
  onClear: () => void;
}

/** How each file fares: on its way, at work, judged, or refused and why. */
export function UploadList({ uploads, onAgain, onClear }: Props) {
  if (uploads.length === 0) return null;
  const sent = uploads.filter(({ state }) => state === 'accepted' || state === 'refused').length;
  const refused = uploads.filter(({ state }) => state === 'refused').length;
  const told = `${sent} of ${plural(uploads.length, 'mail')} handed over${refused === 0 ? '' : `, ${refused} refused`}`;
  return (
    <div className="mt-5">
      <Card
        title="Your mails"
        isFlush
        aside={
          <>
            <span role="status">{told}</span>
            <Button look="quiet" onPress={onClear}>
              Clear the list
            </Button>
          </>
        }
      >
        <ProgressBar aria-label="Handed over" value={sent} maxValue={uploads.length} className="block h-1 bg-sunken">
          {({ percentage = 0 }) => (
            <div className="h-full bg-accent transition-[width]" style={{ width: `${percentage}%` }} />
          )}
        </ProgressBar>
        <ul className="max-h-[28rem] divide-y divide-line overflow-auto" tabIndex={0} aria-label="Files">
          {uploads.map((upload) => (
            <li key={upload.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm">
              <span className="min-w-40 flex-1 font-medium">
                <Hostile>{upload.name}</Hostile>{' '}
                <span className="font-normal text-muted">{bytes(upload.sizeBytes)}</span>
              </span>
              <Fate upload={upload} onAgain={onAgain} />
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

const WAITING: Readonly<
  Record<Exclude<UploadState, 'accepted'>, { tone: 'muted' | 'accent' | 'bad'; icon: typeof Clock; says: string }>
> = {
  waiting: { tone: 'muted', icon: Clock, says: 'waits' },
  sending: { tone: 'accent', icon: LoaderCircle, says: 'on its way' },
  refused: { tone: 'bad', icon: CircleX, says: 'refused' },
};

function Fate({ upload: { id, state, jobId, error }, onAgain }: { upload: Upload; onAgain: (id: number) => void }) {
  if (state === 'accepted' && jobId !== null) {
    return (
      <>
        <JobLine jobId={jobId} />
        <Link
          to={`/jobs/${jobId}`}
          className="inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline"
        >
          Watch <ArrowRight size={14} aria-hidden />
        </Link>
      </>
    );
  }
  const { tone, icon, says } =
    state === 'accepted' ? { tone: 'muted' as const, icon: CircleCheck, says: 'accepted' } : WAITING[state];
  return (
    <>
      <Badge tone={tone} icon={icon} isMoving={state === 'sending'}>
        {says}
      </Badge>
      {error !== null && <span className="text-bad">{error.message}</span>}
      {state === 'refused' && <Button onPress={() => onAgain(id)}>Send again</Button>}
    </>
  );
}
