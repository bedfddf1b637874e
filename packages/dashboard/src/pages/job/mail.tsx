import { type MailDocument, type ParsedMail, SluiceError } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Mail as MailIcon } from 'lucide-react';
import { useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Select } from '../../parts/select.tsx';
import { bytes } from '../../parts/format.ts';
import { cut, plain } from '../../parts/hostile.ts';
import { Empty, ErrorNote, Hint, Loading } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Attachments } from './attachments.tsx';
import { useJob } from './context.ts';
import { Headers } from './mail-view/headers.tsx';
import { HtmlFrame } from './mail-view/html-frame.tsx';
import { ReceivedPath } from './mail-view/received-path.tsx';

const SHOWN_CHARACTERS = 100_000;

/** The mail as its reader understood it: what people see, where it came from, and every header. */
export function Mail() {
  const { client } = useReach();
  const { jobId, run, report } = useJob();
  const [index, setIndex] = useState(0);
  const isRead = run.status.stages.some(({ name, status }) => name === 'parsing' && status === 'complete');
  const { data, error, refetch } = useQuery({
    queryKey: ['mail', jobId],
    queryFn: ({ signal }) => client.mail(jobId, signal),
    enabled: isRead,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} what="The mail" />;
  if (!isRead) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={MailIcon} title="The mail is not read yet">
          <p>It is taken apart in a closed room first.</p>
        </Empty>
      </div>
    );
  }
  if (data === undefined) return <Loading what="Reading the mail" />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <Body key={index} document={data} index={index} onIndex={setIndex} />
      <div className="flex min-w-0 flex-col gap-4">
        <ReceivedPath hops={report?.indicators.received ?? []} />
        <Attachments files={data.mails[0]?.attachments ?? []} document={data} />
      </div>
      <div className="min-w-0 lg:col-span-2">
        <Headers key={index} mail={data.mails[index]} />
      </div>
    </div>
  );
}

type Form = 'html' | 'text';

interface BodyProps {
  document: MailDocument;
  /** Which of the mails: itself, or one inside it. */
  index: number;
  onIndex: (index: number) => void;
}

/** One of the mails, as a picture of its HTML or as its text. */
function Body({ document, index, onIndex }: BodyProps) {
  const mail = document.mails[index];
  const [wanted, setWanted] = useState<Form>('html');
  if (mail === undefined) return <ErrorNote error={new SluiceError('no-mail', 'There is no mail in it.')} />;
  const form: Form = mail.html === null ? 'text' : mail.text === null ? 'html' : wanted;
  return (
    <Card
      title="What people see"
      aside={
        mail.html !== null &&
        mail.text !== null && (
          <span role="group" aria-label="Form" className="flex gap-1">
            {(['html', 'text'] as const).map((each) => (
              <Button
                key={each}
                look={each === form ? 'plain' : 'quiet'}
                aria-pressed={each === form}
                onPress={() => setWanted(each)}
              >
                {each === 'html' ? 'HTML' : 'Text'}
              </Button>
            ))}
          </span>
        )
      }
    >
      {document.mails.length > 1 && (
        <Select
          label="Which mail"
          value={String(index)}
          onChange={(next) => onIndex(Number(next))}
          options={document.mails.map(nameOf)}
          className="mb-3"
        />
      )}
      <p className="mb-2 font-semibold">
        <Hostile>{mail.subject ?? '(no subject)'}</Hostile>
      </p>
      {form === 'html' ? <HtmlFrame html={mail.html ?? ''} /> : <Words text={mail.text ?? ''} />}
    </Card>
  );
}

function nameOf({ subject, depth }: ParsedMail, at: number) {
  const text = `${'– '.repeat(depth)}${cut(plain(subject ?? '(no subject)'), 80)}`;
  return { id: String(at), name: <Hostile>{text}</Hostile>, text };
}

function Words({ text }: { text: string }) {
  if (text.trim() === '') return <Hint>The mail has no text.</Hint>;
  return (
    <>
      {text.length > SHOWN_CHARACTERS && <Hint>Only the first {bytes(SHOWN_CHARACTERS)} are shown.</Hint>}
      <div
        className="max-h-[32rem] overflow-auto rounded-lg border border-line p-4 text-sm whitespace-pre-wrap"
        tabIndex={0}
        role="group"
        aria-label="Text of the mail"
      >
        <Hostile>{cut(text, SHOWN_CHARACTERS)}</Hostile>
      </div>
    </>
  );
}
