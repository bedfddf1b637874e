import { useMutation } from '@tanstack/react-query';
import { FileCode2 } from 'lucide-react';
import { useMemo } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes } from '../../parts/format.ts';
import { cut } from '../../parts/hostile.ts';
import { Empty, ErrorNote, Hint } from '../../parts/note.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { Hostile } from '../../parts/text.tsx';
import { useJob } from './context.ts';

const SHOWN_CHARACTERS = 200_000;

/** The mail as it was handed over, as text. It is read only when somebody asks for it. */
export function Source() {
  const { client } = useReach();
  const { jobId } = useJob();
  const read = useMutation({ mutationFn: () => client.rawMail(jobId) });
  const text = useMemo(() => (read.data === undefined ? '' : new TextDecoder('utf-8').decode(read.data)), [read.data]);
  if (read.data === undefined) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={FileCode2} title="The source of the mail">
          <p className="mb-3">It is hostile, and may hold what is private. That you read it is written down.</p>
          <Button look="primary" onPress={() => read.mutate()} isPending={read.isPending}>
            {read.isPending ? 'Reading …' : 'Show the source'}
          </Button>
        </Empty>
        {read.error !== null && (
          <div className="p-4">
            <ErrorNote error={read.error} />
          </div>
        )}
      </div>
    );
  }
  const { data } = read;
  return (
    <Card
      title="Source"
      aside={
        <>
          {bytes(data.length)}
          <Button onPress={() => saveFile(`${jobId}.eml`, 'message/rfc822', data as Uint8Array<ArrayBuffer>)}>
            Save as a file
          </Button>
        </>
      }
    >
      {text.length > SHOWN_CHARACTERS && <Hint>Only the beginning is shown; the file has all of it.</Hint>}
      <pre
        className="mt-2 max-h-[70vh] overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs whitespace-pre-wrap"
        tabIndex={0}
        aria-label="Source of the mail"
      >
        <Hostile>{cut(text, SHOWN_CHARACTERS)}</Hostile>
      </pre>
    </Card>
  );
}
