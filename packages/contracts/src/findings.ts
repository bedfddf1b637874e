import { z } from 'zod';
import { knownOrNone } from './growing.ts';
import { ResourceId } from './resources.ts';

export const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;

export const Evidence = z.object({
  /** Where: a header's name, `text`, `html`, `attachment`, `url`, … */
  where: z.string(),
  /** Quoted from the mail, cut at 300 characters. */
  quote: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

/** What a bad mail is. */
export const Harm = z.enum(['spam', 'scam', 'extortion', 'phishing', 'malware']);

/** One thing that a check noticed. */
export const Finding = z.object({
  /** Stable and dotted, the check's name first: `url.ip-host`. */
  id: z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/),
  severity: Severity,
  /** 0–100: how strongly it alone speaks for a bad mail; 0 informs only. */
  weight: z.number().min(0).max(100),
  /** 0–100: what it takes off the strength of soft findings, in per cent, where it speaks for the mail; its weight is 0 then. */
  eases: z.number().min(0).max(100).optional(),
  /** Its weight before the operator's settings changed it. */
  ownWeight: z.number().min(0).max(100).optional(),
  /** What the finding points to, if it decides the kind. */
  category: knownOrNone(Harm),
  title: z.string(),
  /** A sentence that a person without training understands. */
  explanation: z.string(),
  evidence: z.array(Evidence),
});
export type Finding = z.infer<typeof Finding>;

export const Findings = z.object({
  v: z.literal(1),
  findings: z.array(Finding),
  /** Brands that landing pages name, by the resource that was visited. */
  brands: z.array(z.object({ visit: ResourceId, brands: z.array(z.string()) })).default([]),
});
export type Findings = z.infer<typeof Findings>;
