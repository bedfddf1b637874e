import type { Opinion, ProviderAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { answerOf, type Said } from './answer.ts';

/** What Gemini says: https://ai.google.dev/api/generate-content. */

export const CLASSES = ['legitimate', 'spam', 'scam', 'phishing', 'malware', 'unsure'] as const;
type Class = (typeof CLASSES)[number];

/** Below, an opinion is as good as none. */
const LEAST_CONFIDENCE = 0.5;
const MALICIOUS_CONFIDENCE = 0.8;
export const MOST_REASONS = 5;
/** Why the model stopped where that is about the content, not about a fault. */
const BLOCKS: ReadonlySet<string> = new Set([
  'SAFETY',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'RECITATION',
  'LANGUAGE',
]);

const Reply = z.object({
  candidates: z
    .array(
      z.object({
        content: z
          .object({
            parts: z.array(z.object({ text: z.string().optional(), thought: z.boolean().optional() })).optional(),
          })
          .optional(),
        finishReason: z.string().optional(),
      }),
    )
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().optional() }).optional(),
  modelVersion: z.string().optional(),
});

const Judgement = z.object({
  classification: z.enum(CLASSES),
  confidence: z.number().min(0).max(1),
  reasons: z.array(z.string()),
});
type Judgement = z.infer<typeof Judgement>;

/** A block of the content is an answer: the model was asked, and has no opinion. Throws a ZodError on what is none. */
export function readGemini(json: unknown, nowMs: number): ProviderAnswer {
  const { candidates = [], promptFeedback, modelVersion } = Reply.parse(json);
  const [candidate] = candidates;
  const block = promptFeedback?.blockReason ?? candidate?.finishReason ?? '';
  if (promptFeedback?.blockReason !== undefined || BLOCKS.has(block)) return blocked(block, modelVersion, nowMs);
  const text = (candidate?.content?.parts ?? [])
    .filter(({ thought }) => thought !== true)
    .map((part) => part.text ?? '')
    .join('');
  return judged(Judgement.parse(jsonOf(text)), modelVersion, nowMs);
}

/** Nothing where it is none: the schema refuses that. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function blocked(reason: string, model: string | undefined, nowMs: number): ProviderAnswer {
  const said: Said = {
    opinion: 'none',
    score: null,
    summary: 'Gemini gave no opinion: its safety filter held the mail back.',
    facts: [
      ['Held back for', reason],
      ['Model', model],
    ],
    link: null,
  };
  return answerOf('gemini', null, said, nowMs);
}

function judged(judgement: Judgement, model: string | undefined, nowMs: number): ProviderAnswer {
  const { classification, confidence } = judgement;
  const reasons = judgement.reasons.slice(0, MOST_REASONS);
  const opinion = opinionOf(classification, confidence);
  const isBad = opinion === 'malicious' || opinion === 'suspicious';
  const said: Said = {
    opinion,
    score: scoreOf(classification, confidence),
    ...(isBad ? { category: categoryOf(classification) } : {}),
    summary: `Gemini, a language model, ${sentence(classification)} (${Math.round(100 * confidence)} % sure).`,
    facts: [
      ['Classification', classification],
      ['Confidence', `${Math.round(100 * confidence)} %`],
      ...reasons.map((reason, index): Said['facts'][number] => [`Reason ${index + 1}`, reason]),
      ['Model', model],
    ],
    link: null,
  };
  return answerOf('gemini', null, said, nowMs);
}

function opinionOf(classification: Class, confidence: number): Opinion {
  if (classification === 'unsure' || confidence < LEAST_CONFIDENCE) return 'none';
  if (classification === 'legitimate') return 'harmless';
  return classification !== 'spam' && confidence >= MALICIOUS_CONFIDENCE ? 'malicious' : 'suspicious';
}

/** The more certain the model, the further from the middle; spam is a nuisance rather than a danger. */
function scoreOf(classification: Class, confidence: number): number | null {
  if (classification === 'unsure') return null;
  if (classification === 'legitimate') return Math.round(50 * (1 - confidence));
  return Math.round((classification === 'spam' ? 60 : 100) * confidence);
}

function categoryOf(classification: Class): ProviderAnswer['category'] {
  return classification === 'legitimate' || classification === 'unsure' ? undefined : classification;
}

function sentence(classification: Class): string {
  if (classification === 'unsure') return 'cannot tell what this mail is';
  return `takes this mail for ${classification}`;
}
