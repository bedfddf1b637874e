import {
  type Simulator,
  type SimulatedReply,
  type SimulatorOptions,
  startSimulator,
  type Vendor,
} from './simulator.ts';
import { numberOf } from './standing.ts';

/** Gemini's generateContent: https://ai.google.dev/api/generate-content. The model is played by a few words and a hash. */

export type GeminiJudgement = { classification: string; confidence: number; reasons: string[] } | 'blocked' | 'stopped';

export interface GeminiOptions extends SimulatorOptions {
  /** What the model says to the user's text; `blocked`: the prompt is refused, `stopped`: the answer is. */
  judge?: (text: string) => GeminiJudgement;
}

export interface GeminiSimulator extends Simulator {
  /** Bodies of requests, as they came. */
  prompts(): readonly unknown[];
}

const PATH = /^\/models\/(gemini-[a-z0-9.-]+):generateContent$/;
const LURES = /password|verify|suspended|unusual sign-in|login|sign in|account/i;

export async function startGemini(options: GeminiOptions = {}): Promise<GeminiSimulator> {
  const prompts: unknown[] = [];
  const simulator = await startSimulator(vendorOf(options, prompts), options);
  return { ...simulator, prompts: () => prompts };
}

function vendorOf({ judge = judgeByWords }: GeminiOptions, prompts: unknown[]): Vendor {
  return {
    basePath: '/v1beta',
    limits: [
      { requests: 5, seconds: 60, kind: 'sliding' },
      { requests: 20, seconds: 86_400, kind: 'fixed' },
    ],
    keyOf: ({ headers }) => headers['x-goog-api-key']?.toString(),
    valueOf: ({ method, url }) => (method === 'POST' ? (PATH.exec(url.pathname)?.[1] ?? null) : null),
    answer(model, { body }) {
      prompts.push(body);
      const text = textOf(body);
      if (text === null) return fault(400, 'INVALID_ARGUMENT', 'contents is not specified');
      return { status: 200, body: replyOf(judge(text), model) };
    },
    wrongKey: () =>
      fault(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
      ]),
    notOffered: () => fault(404, 'NOT_FOUND', 'The model is not found for API version v1beta.'),
    refused: (seconds, limit) =>
      fault(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
              quotaId: `GenerateRequestsPer${(limit?.seconds ?? 60) > 60 ? 'Day' : 'Minute'}PerProjectPerModel-FreeTier`,
            },
          ],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
      ]),
  };
}

function judgeByWords(text: string): GeminiJudgement {
  const confidence = 0.6 + numberOf(text, 'confidence', 40) / 100;
  if (LURES.test(text)) return { classification: 'phishing', confidence, reasons: ['It asks to confirm an account.'] };
  return { classification: 'legitimate', confidence, reasons: ['Nothing in it asks for anything.'] };
}

function textOf(body: unknown): string | null {
  const { contents } = (body ?? {}) as { contents?: { parts?: { text?: string }[] }[] };
  return contents?.[0]?.parts?.[0]?.text ?? null;
}

function replyOf(judgement: GeminiJudgement, modelVersion: string) {
  const usageMetadata = { promptTokenCount: 900, totalTokenCount: 960 };
  const safetyRatings = [{ category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH' }];
  if (judgement === 'blocked') {
    return { promptFeedback: { blockReason: 'PROHIBITED_CONTENT', safetyRatings }, usageMetadata, modelVersion };
  }
  const candidate =
    judgement === 'stopped'
      ? { finishReason: 'SAFETY', index: 0, safetyRatings }
      : {
          content: { parts: [{ text: JSON.stringify(judgement) }], role: 'model' },
          finishReason: 'STOP',
          index: 0,
        };
  return { candidates: [candidate], usageMetadata, modelVersion };
}

function fault(code: number, status: string, message: string, details: unknown[] = []): SimulatedReply {
  return { status: code, body: { error: { code, message, status, details } } };
}
