import { isTerminal } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Download, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { mayBe, useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { Button, looksLike } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { plural } from '../../parts/format.ts';
import { MENU_ITEM } from '../../parts/menu.ts';
import { ErrorNote } from '../../parts/note.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { Copy } from '../../parts/text.tsx';
import type { JobContext } from './context.ts';
import { Correct } from './correct.tsx';
import { defangedIndicators } from './indicator-text.ts';

/** Retry, cancel, export, copy, correct: each only where the role has it and it makes sense. */
export function Actions(context: JobContext) {
  const { jobId, run, report } = context;
  const session = useSession();
  const { client } = useReach();
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: ['job', jobId] });
  const cancel = useMutation({
    mutationFn: () => client.cancel(jobId),
    onSettled: refresh,
    onSuccess: () => setAsks(false),
  });
  const retry = useMutation({ mutationFn: () => client.retry(jobId), onSettled: refresh });
  const isAnalyst = mayBe(session, 'analyst');
  const isOpen = !isTerminal(run.status.state);
  const mayRetry = isAnalyst && canRetry(context);
  return (
    <div className="flex flex-wrap items-center gap-2 lg:max-w-52 lg:flex-col lg:items-stretch">
      {report !== null && <Export {...context} isAnalyst={isAnalyst} />}
      {report !== null && <Copy text={defangedIndicators(report)} label="Copy indicators" isQuiet={false} />}
      {report !== null && isAnalyst && <Correct jobId={jobId} verdict={report.verdict} />}
      {mayRetry && (
        <Button onPress={() => retry.mutate()} isPending={retry.isPending}>
          <RotateCcw size={15} aria-hidden /> Retry what failed
        </Button>
      )}
      {isAnalyst && isOpen && (
        <Button look="danger" onPress={() => setAsks(true)}>
          <Ban size={15} aria-hidden /> Cancel
        </Button>
      )}
      <p role="status" className="text-sm text-muted empty:hidden">
        {retry.data !== undefined &&
          (retry.data.tasks.length === 0
            ? 'Nothing had failed.'
            : `${plural(retry.data.tasks.length, 'task')} tried again.`)}
      </p>
      {retry.error !== null && <ErrorNote error={retry.error} />}
      <Window title="Cancel this job?" isOpen={asks} onClose={() => setAsks(false)}>
        <p className="mb-4 text-sm">
          What is at work is stopped, and there will be no report. A cancelled job cannot be opened again; submit the
          mail anew instead.
        </p>
        {cancel.error !== null && <ErrorNote error={cancel.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onPress={() => setAsks(false)}>Let it go on</Button>
          <Button look="danger" onPress={() => cancel.mutate()} isPending={cancel.isPending}>
            Cancel the job
          </Button>
        </div>
      </Window>
    </div>
  );
}

function canRetry({ run: { status, tasks } }: JobContext): boolean {
  if (status.state === 'failed' || status.state === 'expired') return true;
  return (
    status.state === 'completed' && [...tasks.values()].some(({ state }) => state === 'failed' || state === 'deferred')
  );
}

function Export({ jobId, report, run, isAnalyst }: JobContext & { isAnalyst: boolean }) {
  const { client } = useReach();
  const [error, setError] = useState<unknown>(null);
  const save = (name: string, type: string, content: () => Promise<BlobPart>) => {
    setError(null);
    content().then((part) => saveFile(`${jobId}.${name}`, type, part), setError);
  };
  const saveAs = {
    json: () => save('json', 'application/json', async () => JSON.stringify(report, null, 2)),
    markdown: () => save('md', 'text/markdown', () => client.reportAs(jobId, 'text/markdown')),
    html: () => save('html', 'text/html', () => client.reportAs(jobId, 'text/html')),
    misp: () => save('misp.json', 'application/json', () => client.reportAs(jobId, 'application/vnd.misp+json')),
    raw: () => save('eml', 'message/rfc822', async () => (await client.rawMail(jobId)) as Uint8Array<ArrayBuffer>),
  };
  return (
    <>
      <MenuTrigger>
        <AriaButton className={looksLike('plain')}>
          <Download size={15} aria-hidden /> Export
        </AriaButton>
        <Popover className="min-w-56 rounded-lg border border-edge bg-surface p-1 shadow-xl">
          <Menu aria-label="Export" onAction={(key) => saveAs[key as keyof typeof saveAs]()} className="outline-none">
            <MenuItem id="json" className={MENU_ITEM}>
              Report as JSON
            </MenuItem>
            <MenuItem id="markdown" className={MENU_ITEM}>
              Report as Markdown
            </MenuItem>
            <MenuItem id="html" className={MENU_ITEM}>
              Report as a page
            </MenuItem>
            <MenuItem id="misp" className={MENU_ITEM}>
              Indicators as a MISP event
            </MenuItem>
            {isAnalyst && run.status.pipeline === 'email-scan' && (
              <MenuItem id="raw" className={MENU_ITEM}>
                The mail itself (hostile)
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      {error !== null && <ErrorNote error={error} />}
    </>
  );
}
