import { SluiceError } from '@sluice/contracts';
import { CircleAlert, type LucideIcon, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

/** Nothing is there, and what to do about it. */
export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <Icon size={30} aria-hidden className="text-muted" />
      <p className="font-semibold">{title}</p>
      <div className="max-w-prose text-sm text-muted">{children}</div>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="flex items-center justify-center gap-2 px-6 py-10 text-sm text-muted">
      <LoaderCircle size={18} aria-hidden className="animate-spin" />
      {what}
    </p>
  );
}

/** What a person can do, by the code of the problem. */
const HELP: Readonly<Record<string, string>> = {
  unreachable: 'The fleet may be starting again. This page tries again by itself; nothing that was accepted is lost.',
  unavailable: 'A part of the fleet does not answer just now. It is tried again by itself.',
  'record-away': 'The database is away. Jobs go on, and what lists show comes back with it.',
  forbidden: 'Ask an admin of your tenant for a key with a higher role.',
  'job-not-found': 'The address may be wrong, the job may belong to another tenant, or its retention may have ended.',
  'too-many-requests': 'Wait a moment; your tenant asks faster than its plan allows.',
  'no-mail': 'Mails are kept for a limited time. The report stays longer than the mail itself.',
};

export function ErrorNote({ error, onRetry, what }: { error: unknown; onRetry?: () => void; what?: string }) {
  const { code, message } =
    error instanceof SluiceError ? error : { code: 'page', message: 'Something in this page failed.' };
  const help = HELP[code];
  return (
    <div role="alert" className="rounded-xl border border-bad bg-bad-soft px-4 py-3 text-sm">
      <p className="flex items-start gap-2 font-semibold text-bad">
        <CircleAlert size={18} aria-hidden className="mt-0.5 shrink-0" />
        <span>
          {what !== undefined && `${what}: `}
          {message}
        </span>
      </p>
      {help !== undefined && <p className="mt-1 pl-6.5">{help}</p>}
      <p className="mt-1 flex flex-wrap items-center gap-3 pl-6.5 text-xs">
        <span className="font-mono">{code}</span>
        {onRetry !== undefined && <Button onPress={onRetry}>Try again</Button>}
      </p>
    </div>
  );
}

export function Hint({ children }: { children: ReactNode }) {
  return <p className="rounded-lg bg-sunken px-3 py-2 text-sm text-muted">{children}</p>;
}
