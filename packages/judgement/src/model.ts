import type { MailFacts } from './facts.ts';
import { featuresOf } from './features.ts';
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
  /** A weight is its steps times this. */
  step: number;
  /** By the number of a feature; from -127 to 127. */
  steps: ReadonlyMap<number, number>;
};

/** The text of a model's file. Throws where it is none. */
export function parseModel(text: string): Model {
  const file = JSON.parse(text) as Partial<Omit<Model, 'steps'>> & { numbers?: unknown; steps?: unknown };
  const { v, provenance, calibration, bias, step } = file;
  if (v !== 1 || provenance === undefined || calibration === undefined) throw new Error('This is no model of Sluice.');
  const { slope, offset, suspicious, strong, honest } = calibration;
  const isWhole = [bias, step, slope, offset, suspicious, strong, honest].every(Number.isFinite);
  const numbers = bytesOf(file.numbers);
  const steps = bytesOf(file.steps);
  if (bias === undefined || step === undefined || !isWhole || numbers.length !== 4 * steps.length)
    throw new Error('The model is damaged.');
  const byNumber = new Map(Array.from(steps, (value, index) => [numbers.readUInt32LE(4 * index), (value << 24) >> 24]));
  return { v, provenance, calibration, bias, step, steps: byNumber };
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64');
}

export function writeModel({ steps, ...rest }: Model): string {
  const numbers = Buffer.alloc(4 * steps.size);
  for (const [index, number] of [...steps.keys()].entries()) numbers.writeUInt32LE(number, 4 * index);
  const values = Buffer.from(Int8Array.from(steps.values()));
  const file = { ...rest, numbers: numbers.toString('base64'), steps: values.toString('base64') };
  return `${JSON.stringify(file, null, 2)}\n`;
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

const MOST_REASONS = 20;

/** What the model makes of a mail. Pure; below 5 ms for ordinary mails. */
export function askModel({ steps, step, bias, calibration }: Model, facts: MailFacts): Opinion {
  const features = featuresOf(facts);
  const { numbers, values } = vectorOf(features);
  const parts: { feature: string; part: number }[] = [];
  let raw = bias;
  for (let index = 0; index < features.length; index += 1) {
    const part = (steps.get(numbers[index] ?? 0) ?? 0) * step * (values[index] ?? 0);
    raw += part;
    if (part !== 0) parts.push({ feature: features[index] ?? '', part });
  }
  const sorted = parts.toSorted((left, right) => right.part - left.part);
  return {
    raw,
    probability: 1 / (1 + Math.exp(-(calibration.slope * raw + calibration.offset))),
    against: sorted
      .filter(({ part }) => part > 0)
      .slice(0, MOST_REASONS)
      .map(({ feature }) => feature),
    inFavour: sorted
      .filter(({ part }) => part < 0)
      .slice(-MOST_REASONS)
      .toReversed()
      .map(({ feature }) => feature),
  };
}
