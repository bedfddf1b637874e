import type { ObservableKind } from '@sluice/contracts';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Field, INPUT, LABEL } from '../../parts/field.tsx';
import { ErrorNote } from '../../parts/note.tsx';
import { usePath } from '../../parts/link.tsx';
import type { Handling } from './handling.tsx';
import { kindOf } from './observable-kind.ts';
import type { Parcel } from './ledger.ts';

export function PasteForm({ onMail }: { onMail: (parcel: Parcel) => void }) {
  const [source, setSource] = useState('');
  const id = useId();
  const looksLikeMail = /^[\w-]+:/m.test(source);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const bytes = new TextEncoder().encode(source.replaceAll(/\r?\n/g, '\r\n'));
    const subject = /^subject:\s*(.*)$/im.exec(source)?.[1]?.slice(0, 80);
    onMail({
      name: subject === undefined || subject === '' ? 'Pasted mail' : subject,
      kind: 'mail',
      sizeBytes: bytes.length,
      bytes: async () => bytes,
    });
    setSource('');
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <label htmlFor={id} className={LABEL}>
        Source, headers included
      </label>
      <textarea
        id={id}
        value={source}
        onChange={({ target }) => setSource(target.value)}
        rows={7}
        spellCheck={false}
        placeholder={'Received: from …\nFrom: …\nSubject: …\n\nText'}
        className={`${INPUT} resize-y font-mono text-xs`}
      />
      {source !== '' && !looksLikeMail && (
        <p className="text-sm text-warn">
          There is no header in it. In most mail programs the source is under “View source” or “Show original”.
        </p>
      )}
      <div>
        <Button type="submit" isDisabled={source.trim() === ''}>
          Submit this mail
        </Button>
      </div>
    </form>
  );
}

const NAMES: Readonly<Record<ObservableKind, string>> = {
  url: 'a link',
  domain: 'a domain',
  ip: 'an address',
  hash: 'the hash of a file',
};

export function ObservableForm({ handling }: { handling: Handling }) {
  const { client } = useReach();
  const path = usePath();
  const [value, setValue] = useState('');
  const navigate = useNavigate();
  const kind = kindOf(value);
  const submit = useMutation({
    mutationFn: () => client.submitObservable({ type: kind, value: value.trim() }, handling),
    onSuccess: ({ jobId }) => navigate(path(`/jobs/${jobId}`)),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    submit.mutate();
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <Field
        label="Link, domain, IP address or hash"
        value={value}
        onChange={setValue}
        placeholder="hxxps://evil[.]example/login"
        hint={value.trim() === '' ? 'Defanged forms are understood.' : `This is ${NAMES[kind]}.`}
      />
      {submit.error !== null && <ErrorNote error={submit.error} />}
      <div>
        <Button type="submit" isDisabled={value.trim() === '' || submit.isPending}>
          Look at it
        </Button>
      </div>
    </form>
  );
}
