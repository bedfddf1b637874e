import { ArrowRight, CircleCheck, CircleX, Clock, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { useBatch } from '../../data/use-batch.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes, count, plural } from '../../parts/format.ts';
import { Link } from '../../parts/link.tsx';
import { Hostile } from '../../parts/text.tsx';
import { JobFate, JobLine } from './job-line.tsx';
import type { Upload, UploadState } from './ledger.ts';

interface Props {
  uploads: readonly Upload[];
  onAgain: (id: number) => void;
  onClear: () => void;
}

/** How each file fares: on its way, at work, judged, or refused and why; of a batch all together too. */
export function UploadList({ uploads, onAgain, onClear }: Props) {
  if (uploads.length === 0) return null;
  const sent = uploads.filter(({ state }) => state === 'accepted' || state === 'refused').length;
  const refused = uploads.filter(({ state }) => state === 'refused').length;
  const told = `${sent} of ${plural(uploads.length, 'mail')} handed over${refused === 0 ? '' : `, ${refused} refused`}`;
  const byBatch = Map.groupBy(uploads, ({ batch }) => batch);
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
        <div className="max-h-[30rem] overflow-auto" tabIndex={0} role="group" aria-label="Files">
          {[...byBatch].map(([batch, own]) =>
            batch === null ? (
              <Lines key="alone" uploads={own} onAgain={onAgain} fateOf={(jobId) => <JobLine jobId={jobId} />} />
            ) : (
              <BatchLines key={batch} batch={batch} uploads={own} onAgain={onAgain} />
            ),
          )}
        </div>
      </Card>
    </div>
  );
}

/** One question for all of a batch, however many it has. */
function BatchLines({ batch, uploads, onAgain }: { batch: string } & Omit<Props, 'onClear'>) {
  const { batch: found, jobs } = useBatch(batch, false);
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-sunken px-4 py-2 text-sm">
        <span className="font-medium" role="status">
          {found === undefined ? 'A batch' : `Batch: ${count(found.jobs - found.open)} of ${count(found.jobs)} ended`}
        </span>
        <Link
          to={`/jobs?batch=${batch}`}
          className="inline-flex min-h-6 items-center gap-1 text-accent hover:underline"
        >
          Watch the batch <ArrowRight size={14} aria-hidden />
        </Link>
      </p>
      <Lines
        uploads={uploads}
        onAgain={onAgain}
        fateOf={(jobId) => {
          const job = byId.get(jobId);
          return <JobFate jobId={jobId} state={job?.state ?? 'queued'} verdict={job?.verdict ?? null} />;
        }}
      />
    </>
  );
}

interface LinesProps {
  uploads: readonly Upload[];
  onAgain: (id: number) => void;
  fateOf: (jobId: string) => ReactNode;
}

function Lines({ uploads, onAgain, fateOf }: LinesProps) {
  return (
    <ul className="divide-y divide-line border-b border-line last:border-0">
      {uploads.map((upload) => (
        <li key={upload.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm">
          <span className="min-w-40 flex-1 font-medium">
            <Hostile>{upload.name}</Hostile>{' '}
            {upload.sizeBytes > 0 && <span className="font-normal text-muted">{bytes(upload.sizeBytes)}</span>}
          </span>
          {upload.state === 'accepted' && upload.jobId !== null ? (
            <>
              {fateOf(upload.jobId)}
              <Link
                to={`/jobs/${upload.jobId}`}
                className="inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline"
              >
                Watch <ArrowRight size={14} aria-hidden />
                <span className="sr-only">
                  <Hostile>{upload.name}</Hostile>
                </span>
              </Link>
            </>
          ) : (
            <Unaccepted upload={upload} onAgain={onAgain} />
          )}
        </li>
      ))}
    </ul>
  );
}

const STATES: Readonly<Record<UploadState, { tone: 'muted' | 'accent' | 'bad'; icon: typeof Clock; says: string }>> = {
  waiting: { tone: 'muted', icon: Clock, says: 'waits' },
  sending: { tone: 'accent', icon: LoaderCircle, says: 'on its way' },
  accepted: { tone: 'muted', icon: CircleCheck, says: 'accepted' },
  refused: { tone: 'bad', icon: CircleX, says: 'refused' },
};

function Unaccepted({ upload: { id, state, error, isAgain }, onAgain }: { upload: Upload } & Pick<Props, 'onAgain'>) {
  const { tone, icon, says } = STATES[state];
  return (
    <>
      <Badge tone={tone} icon={icon} isMoving={state === 'sending'}>
        {says}
      </Badge>
      {error !== null && <span className="text-bad">{error.message}</span>}
      {state === 'refused' && isAgain && <Button onPress={() => onAgain(id)}>Send again</Button>}
    </>
  );
}
