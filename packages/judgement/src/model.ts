import type { MailFacts } from './facts.ts';
import { featuresOf } from './features.ts';
import { PLACES } from './hash.ts';
import { vectorOf } from './vector.ts';

/** What a raw score means: by Platt's method on mails that training did not see, and where to draw the lines. */
export type Calibration = {
  slope: number;
  offset: number;
  /** Raw scores above these are as good as never reached by honest mail (shares of it that reach them: `rates`). */
  suspicious: number;
  strong: number;
  /** Half of the honest mail lies below. */
  honest: number;
  rates: { suspicious: number; strong: number };
};

export type Provenance = {
  sources: { name: string; bad: number; honest: number }[];
  note: string;
};

export type Model = {
  v: 1;
  provenance: Provenance;
  calibration: Calibration;
  bias: number;
  /** A weight is its step times this. */
  step: number;
  steps: Int8Array;
};

/** The text of a model's file. Throws where it is none, or one for other features. */
export function parseModel(text: string): Model {
  const file = JSON.parse(text) as Partial<Omit<Model, 'steps'>> & { steps?: unknown };
  const { v, provenance, calibration, bias, step, steps } = file;
  const bytes = Buffer.from(typeof steps === 'string' ? steps : '', 'base64');
  const numbers = [bias, step, calibration?.slope, calibration?.offset, calibration?.suspicious, calibration?.strong, calibration?.honest];
  if (v !== 1 || provenance === undefined || calibration === undefined) throw new Error('This is no model of Sluice.');
  if (bias === undefined || step === undefined || !numbers.every(Number.isFinite)) throw new Error('The model is damaged.');
  if (bytes.length !== PLACES) throw new Error('The model was made for another number of places.');
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return { v, provenance, calibration, bias, step, steps: weights };
}

export function writeModel({ steps, ...rest }: Model): string {
  return `${JSON.stringify({ ...rest, steps: Buffer.from(steps).toString('base64') }, null, 1)}\n`;
}

export type Opinion = {
  /** Without bounds; what it means is in the model's calibration. */
  raw: number;
  /** Of a mail like this one to be bad, where half of all mails are. */
  probability: number;
  /** The features that speak most strongly against the mail, and for it, strongest first. */
  against: string[];
  inFavour: string[];
};

const MOST_REASONS = 6;

/** What the model makes of a mail. Pure; below 5 ms for ordinary mails. */
export function askModel({ steps, step, bias, calibration }: Model, facts: MailFacts): Opinion {
  const features = featuresOf(facts);
  const { places, values } = vectorOf(features);
  const parts = features.map((feature, index) => ({
    feature,
    part: (steps[places[index] ?? 0] ?? 0) * step * (values[index] ?? 0),
  }));
  const raw = parts.reduce((sum, { part }) => sum + part, bias);
  const sorted = parts.toSorted((left, right) => right.part - left.part);
  return {
    raw,
    probability: 1 / (1 + Math.exp(-(calibration.slope * raw + calibration.offset))),
    against: sorted.filter(({ part }) => part > 0).slice(0, MOST_REASONS).map(({ feature }) => feature),
    inFavour: sorted.filter(({ part }) => part < 0).slice(-MOST_REASONS).toReversed().map(({ feature }) => feature),
  };
}
