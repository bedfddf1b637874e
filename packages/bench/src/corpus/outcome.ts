import { readFile } from 'node:fs/promises';
import { SluiceError, Verdict } from '@sluice/contracts';
import type { Client } from '@sluice/client';
import type { CorpusFile } from './files.ts';

export interface Outcome {
  label: string;
  path: string;
  /** A verdict; `refused` with a 4xx at the door; `failed` is everything that should not be. */
  result: Verdict | 'refused' | 'failed';
  partial: boolean;
  /** From submission to the end of the job. */
  tookMs: number;
  reason: string | null;
}

const PATIENCE_MS = 120_000;

/** Submits one mail and waits for its end. Never throws. */
export async function scanFile(client: Client, { path, label }: CorpusFile): Promise<Outcome> {
  const beganMs = performance.now();
  const outcome = (result: Outcome['result'], partial: boolean, reason: string | null): Outcome => {
    return { label, path, result, partial, tookMs: performance.now() - beganMs, reason };
  };
  try {
    const { jobId } = await client.submitMail(await readFile(path));
    const status = await client.wait(jobId, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const verdict = Verdict.safeParse(status.summary?.verdict);
    if (status.state !== 'completed' || !verdict.success)
      return outcome('failed', false, `${status.state}: ${status.error?.code}`);
    return outcome(verdict.data, status.summary?.partial === true, null);
  } catch (error) {
    const isRefusal = error instanceof SluiceError && error.httpStatus >= 400 && error.httpStatus < 500;
    const reason = error instanceof SluiceError ? error.code : String(error);
    return outcome(isRefusal ? 'refused' : 'failed', false, reason);
  }
}
