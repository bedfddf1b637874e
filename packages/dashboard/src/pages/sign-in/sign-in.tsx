import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { door } from '../../data/client.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote } from '../../parts/note.tsx';

/** The key is given once for a cookie that scripts cannot read; the page keeps nothing of it. */
export function SignIn() {
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const open = useMutation({
    mutationFn: () => door.openSession(key.trim()),
    onSuccess(session) {
      setKey('');
      queries.setQueryData(['session'], session);
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== '') open.mutate();
  };
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <title>Sign in · Sluice</title>
      <div className="w-full max-w-md rounded-2xl border border-line bg-surface p-7 shadow-sm">
        <span className="mb-4 inline-flex rounded-xl bg-accent-soft p-2.5 text-accent">
          <KeyRound size={22} aria-hidden />
        </span>
        <h1 className="text-xl font-semibold tracking-tight">Sign in to Sluice</h1>
        <p className="mt-1 mb-5 text-sm text-muted">
          Sluice takes suspicious mails apart and says, with its evidence, what they are.
        </p>
        <form onSubmit={send} className="flex flex-col gap-4">
          <Field
            label="API key"
            type="password"
            value={key}
            onChange={setKey}
            placeholder="slu_…"
            autoComplete="current-password"
            hint="It is given for a session of 12 hours, and kept nowhere in this browser."
            isRequired
          />
          {open.error !== null && <ErrorNote error={open.error} />}
          <Button type="submit" look="primary" isPending={open.isPending}>
            {open.isPending ? 'Opening …' : 'Sign in'}
          </Button>
        </form>
        <p className="mt-5 border-t border-line pt-4 text-sm text-muted">
          The first key of a fleet lies in the file <code className="font-mono text-text">admin.key</code> of its data
          folder. Further ones are made on the page Admin.
        </p>
      </div>
    </main>
  );
}
