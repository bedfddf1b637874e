import { z } from 'zod';
import { BlobRef } from './ids.ts';
import { NotifyInput } from './notify.ts';
import { ObservableKind } from './resources.ts';

export const EmailScanInput = z.object({ blob: BlobRef, sizeBytes: z.int().nonnegative() });
export type EmailScanInput = z.infer<typeof EmailScanInput>;

/** The value is normalised where it enters: a URL as WHATWG writes it, a domain in punycode, an address and a hash in lower case. */
export const ObservableScanInput = z.object({ type: ObservableKind, value: z.string().min(1).max(4096) });
export type ObservableScanInput = z.infer<typeof ObservableScanInput>;

/** The input of every pipeline that the fleet runs, by the pipeline's name. */
export const pipelineInputs = {
  'email-scan': EmailScanInput,
  'observable-scan': ObservableScanInput,
  notify: NotifyInput,
} as const;
export type PipelineName = keyof typeof pipelineInputs;

/** What people submit, and what lists of jobs show. The others are the fleet's own: they cost nothing of a tenant's plan, and nobody is told of them. */
export const SCAN_PIPELINES = ['email-scan', 'observable-scan'] as const satisfies readonly PipelineName[];
export type ScanPipeline = (typeof SCAN_PIPELINES)[number];

export function isScan(pipeline: string): pipeline is ScanPipeline {
  return (SCAN_PIPELINES as readonly string[]).includes(pipeline);
}
