import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { defang, pieces } from './hostile.ts';

/** Words of a stranger: text only, its direction kept to itself, and what cannot be seen named. */
export function Hostile({ children, className = '' }: { children: string; className?: string }) {
  return (
    <bdi className={`[overflow-wrap:anywhere] ${className}`}>
      {pieces(children).map(({ text, isUnseen }, at) =>
        isUnseen ? (
          <span
            key={at}
            className="mx-0.5 rounded bg-warn-soft px-1 font-mono text-[0.75em] text-warn"
            title="A character that cannot be seen"
          >
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}

/** An address of a stranger, defanged: it is no link, and becomes none where it is pasted. */
export function Address({ children, className = '' }: { children: string; className?: string }) {
  return <Hostile className={`font-mono text-[0.9em] ${className}`}>{defang(children)}</Hostile>;
}

interface CopyProps {
  /** What is copied. */
  text: string;
  label: string;
  isQuiet?: boolean;
}

export function Copy({ text, label, isQuiet = true }: CopyProps) {
  const [state, setState] = useState<'idle' | 'done' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const said = { idle: label, done: 'Copied', refused: 'The browser did not allow it' }[state];
  const copy = () => void copyText(text).then((isCopied) => setState(isCopied ? 'done' : 'refused'));
  return (
    <Button
      onPress={copy}
      aria-label={said}
      className={`inline-flex min-h-6 min-w-6 cursor-pointer items-center justify-center gap-1.5 align-middle hover:bg-sunken hover:text-text ${isQuiet ? 'rounded p-1 text-muted' : 'min-h-9 rounded-lg border border-edge px-3 py-1.5 text-sm font-medium'}`}
    >
      {state === 'done' ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      {!isQuiet && said}
      <span role="status" className="sr-only">
        {state === 'idle' ? '' : said}
      </span>
    </Button>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Where the page came without TLS the browser has no clipboard for it. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.className = 'fixed -top-96';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}
