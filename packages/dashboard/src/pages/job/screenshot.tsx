import type { JobId } from '@sluice/contracts';
import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Window } from '../../parts/dialog.tsx';
import { defang, plain } from '../../parts/hostile.ts';
import { usePath } from '../../parts/link.tsx';

interface Props {
  jobId: JobId;
  /** Of the visit in the report, from 1. */
  number: number;
  url: string;
  className?: string;
}

/** What a visitor of a link would have seen; a press shows it whole. */
export function Screenshot({ jobId, number, url, className = '' }: Props) {
  const path = usePath();
  const [isOpen, setOpen] = useState(false);
  const [isGone, setGone] = useState(false);
  const says = `Screenshot of ${plain(defang(url))}`;
  if (isGone) {
    return (
      <p className={`flex items-center justify-center gap-2 rounded-lg bg-sunken p-4 text-xs text-muted ${className}`}>
        <ImageOff size={16} aria-hidden /> The picture is not kept any more.
      </p>
    );
  }
  const source = path(`/api/pipeline/jobs/${jobId}/screenshots/${number}`);
  return (
    <>
      <Button
        onPress={() => setOpen(true)}
        aria-label={`${says}, larger`}
        className={`block cursor-zoom-in overflow-hidden rounded-lg border border-line bg-sunken ${className}`}
      >
        <img
          src={source}
          alt=""
          loading="lazy"
          onError={() => setGone(true)}
          className="aspect-[16/10] w-full object-cover object-left-top"
        />
      </Button>
      <Window title={says} isOpen={isOpen} onClose={() => setOpen(false)} isSheet>
        <p className="mb-3 text-sm text-muted">A picture from the sandbox. Nothing in it is a link.</p>
        <img src={source} alt={says} className="w-full rounded-lg border border-line" />
      </Window>
    </>
  );
}
