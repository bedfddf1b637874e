import { Category, type JobId, type Verdict, VERDICTS } from '@sluice/contracts';
import { Gavel } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { useGiveFeedback } from '../../data/use-feedback.ts';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { INPUT, LABEL } from '../../parts/field.tsx';
import { ErrorNote } from '../../parts/note.tsx';
import { Select } from '../../parts/select.tsx';

/** Where an analyst corrects a verdict. It changes no report; later mails with the same evidence are told of it. */
export function Correct({ jobId, verdict }: { jobId: JobId; verdict: Verdict }) {
  const [isOpen, setOpen] = useState(false);
  const [isSaid, setSaid] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>
        <Gavel size={15} aria-hidden /> This verdict is wrong
      </Button>
      <p role="status" className="text-sm text-muted empty:hidden">
        {isSaid && 'Recorded. Later mails with the same evidence are told of it.'}
      </p>
      {isOpen && (
        <Correction
          jobId={jobId}
          verdict={verdict}
          onClose={() => setOpen(false)}
          onSaid={() => {
            setSaid(true);
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

interface CorrectionProps {
  jobId: JobId;
  verdict: Verdict;
  onClose: () => void;
  onSaid: () => void;
}

const MOST_NOTE_CHARS = 1_000;
const same = (id: string) => ({ id, name: id, text: id });

/** What is clean may still be spam; nothing that harms is legitimate. */
const categoriesOf = (is: Verdict): Category[] =>
  Category.options.filter((each) =>
    is === 'clean' ? each === 'legitimate' || each === 'spam' : each !== 'legitimate',
  );

function Correction({ jobId, verdict, onClose, onSaid }: CorrectionProps) {
  const give = useGiveFeedback(jobId);
  const noteId = useId();
  const [is, setIs] = useState<Verdict>(verdict === 'clean' ? 'malicious' : 'clean');
  const [category, setCategory] = useState('');
  const [note, setNote] = useState('');
  const send = (event: FormEvent) => {
    event.preventDefault();
    const word = {
      verdict: is,
      ...(category === '' ? {} : { category: Category.parse(category) }),
      ...(note.trim() === '' ? {} : { note: note.trim() }),
    };
    give.mutate(word, { onSuccess: onSaid });
  };
  return (
    <Window title="What is this mail really?" isOpen onClose={onClose} isFirm>
      <form onSubmit={send} className="flex flex-col gap-4">
        <p className="text-sm text-muted">
          The fleet says {verdict}. Your word does not change this report; it stands beside it, it is told where the
          same sender, link, file or text comes again, and it can be learned from.
        </p>
        <Select
          label="It is"
          value={is}
          onChange={(next) => {
            setIs(VERDICTS.find((each) => each === next) ?? is);
            setCategory('');
          }}
          options={VERDICTS.map(same)}
        />
        <Select
          label="Category"
          value={category}
          onChange={setCategory}
          options={[{ id: '', name: 'not said', text: 'not said' }, ...categoriesOf(is).map(same)]}
        />
        <div className="flex flex-col gap-1">
          <label htmlFor={noteId} className={LABEL}>
            Note
          </label>
          <textarea
            id={noteId}
            value={note}
            onChange={({ target }) => setNote(target.value)}
            rows={3}
            maxLength={MOST_NOTE_CHARS}
            className={`${INPUT} resize-y`}
          />
        </div>
        {give.error !== null && <ErrorNote error={give.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" look="primary" isPending={give.isPending}>
            Record it
          </Button>
        </div>
      </form>
    </Window>
  );
}
