import { numberOf } from './hash.ts';
import type { Calibration, Model, Provenance } from './model.ts';
import { signOf } from './signs.ts';
import { isWord, type Vector, vectorOf } from './vector.ts';

export { calibrate, type Judged } from './calibrate.ts';
export { writeModel } from './model.ts';
export { vectorOf } from './vector.ts';

export type Example = {
  features: readonly string[];
  isBad: boolean;
  /** Who collected it; no collection counts for more than its share, and words known to one alone are not learnt. */
  source: string;
  /** Instead of the source, where words are counted by something finer. */
  scene?: string;
};

export type TrainingSettings = {
  /** Sources, or mails where there is one source, that a word must be seen in. */
  leastSources: number;
  rounds: number;
  rate: number;
  /** Pulls weights that are used towards zero. */
  decay: number;
  seed: number;
};

export const TRAINING: TrainingSettings = { leastSources: 3, rounds: 12, rate: 0.15, decay: 2e-5, seed: 1 };

/** Examples of one source and kind count in full up to so many, then by the root of their number, and never more than `MOST`. */
const FULL_SOURCE = 300;
const MOST = 3;

/** What training finds, not yet calibrated: weights by the number of their feature. */
export type Weights = { weights: ReadonlyMap<number, number>; bias: number };

/**
 * Logistic regression by stochastic gradient descent with AdaGrad (Duchi, Hazan and Singer 2011) over hashed features. The same examples, settings and
 * seed give the same weights. What can speak in one way only (`signOf`) has its weight held on that side of zero.
 */
export function trainWeights(examples: readonly Example[], settings: TrainingSettings = TRAINING): Weights {
  const known = learntWords(examples, settings.leastSources);
  const learnt = examples.map(({ features }) => features.filter((one) => !isWord(one) || known.has(one)));
  const places = new Map<number, number>();
  const vectors = learnt.map((features) => placed(vectorOf(features), places));
  const shares = sharesOf(examples);
  const state = startDescent(signsOf(learnt, places), settings.rate);
  const order = examples.map((_, index) => index);
  const random = randomFrom(settings.seed);
  for (let round = 0; round < settings.rounds; round += 1) {
    shuffle(order, random);
    for (const index of order) {
      const vector = vectors[index];
      const example = examples[index];
      if (vector !== undefined && example !== undefined)
        descend(state, vector, example.isBad ? 1 : 0, shares[index] ?? 1, settings.decay);
    }
  }
  const weights = new Map([...places].map(([number, place]) => [number, state.weights[place] ?? 0]));
  return { weights, bias: state.bias };
}

/** How strongly the weights speak against a mail; below zero they speak for it. */
export function rawScore({ weights, bias }: Weights, { numbers, values }: Vector): number {
  let sum = bias;
  for (let index = 0; index < numbers.length; index += 1)
    sum += (weights.get(numbers[index] ?? 0) ?? 0) * (values[index] ?? 0);
  return sum;
}

/** Puts weights and calibration together in the form of the model's file: weights in steps of a 127th of the greatest; those of no step are left out. */
export function packModel(found: Weights, calibration: Calibration, provenance: Provenance): Model {
  const greatest = [...found.weights.values()].reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-6);
  const step = greatest / 127;
  const rounded = [...found.weights].map(([number, weight]) => [number, Math.round(weight / step)] as const);
  const steps = new Map(rounded.filter(([, count]) => count !== 0).toSorted(([a], [b]) => a - b));
  return { v: 1, provenance, calibration, bias: found.bias, step, steps };
}

type Placed = { places: Int32Array; values: Float32Array };

/** Numbers of features as places in a dense array, made as they come. */
function placed({ numbers, values }: Vector, places: Map<number, number>): Placed {
  const here = Int32Array.from(numbers, (number) => {
    const place = places.get(number) ?? places.size;
    places.set(number, place);
    return place;
  });
  return { places: here, values };
}

/** By place, which way alone a weight may point. */
function signsOf(learnt: readonly (readonly string[])[], places: ReadonlyMap<number, number>): Int8Array {
  const signs = new Int8Array(places.size);
  for (const feature of new Set(learnt.flat())) signs[places.get(numberOf(feature)) ?? 0] = signOf(feature);
  return signs;
}

type Descent = {
  weights: Float32Array;
  squares: Float32Array;
  signs: Int8Array;
  bias: number;
  biasSquares: number;
  rate: number;
};

function startDescent(signs: Int8Array, rate: number): Descent {
  const squares = new Float32Array(signs.length).fill(1e-4);
  return { weights: new Float32Array(signs.length), squares, signs, bias: 0, biasSquares: 1e-4, rate };
}

function descend(state: Descent, vector: Placed, truth: number, share: number, decay: number): void {
  const { weights, squares, signs, rate } = state;
  let sum = state.bias;
  for (let index = 0; index < vector.places.length; index += 1)
    sum += (weights[vector.places[index] ?? 0] ?? 0) * (vector.values[index] ?? 0);
  const fault = (sigmoid(sum) - truth) * share;
  for (let index = 0; index < vector.places.length; index += 1) {
    const place = vector.places[index] ?? 0;
    const weight = weights[place] ?? 0;
    const slope = fault * (vector.values[index] ?? 0) + decay * weight;
    const square = (squares[place] ?? 0) + slope * slope;
    squares[place] = square;
    const next = weight - (rate * slope) / Math.sqrt(square);
    weights[place] = next * (signs[place] ?? 0) < 0 ? 0 : next;
  }
  state.biasSquares += fault * fault;
  state.bias -= (rate * fault) / Math.sqrt(state.biasSquares);
}

/** Own mails come from one source; then mails count in its place. */
function learntWords(examples: readonly Example[], least: number): ReadonlySet<string> {
  const isOneSource = new Set(examples.map(({ source }) => source)).size < least;
  const seen = new Map<string, Set<string>>();
  examples.forEach(({ features, source, scene }, index) => {
    const key = scene ?? (isOneSource ? String(index) : source);
    for (const feature of features) {
      if (!isWord(feature)) continue;
      const keys = seen.get(feature);
      if (keys === undefined) seen.set(feature, new Set([key]));
      else if (keys.size < least) keys.add(key);
    }
  });
  return new Set([...seen].filter(([, keys]) => keys.size >= least).map(([feature]) => feature));
}

function sharesOf(examples: readonly Example[]): number[] {
  const counts = new Map<string, number>();
  const keyOf = ({ source, isBad }: Example) => `${source} ${isBad}`;
  for (const example of examples) counts.set(keyOf(example), (counts.get(keyOf(example)) ?? 0) + 1);
  return examples.map((example) => Math.min(MOST, Math.sqrt(FULL_SOURCE / (counts.get(keyOf(example)) ?? 1))));
}

function shuffle(order: number[], random: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** A linear congruential generator (Numerical Recipes): good enough to shuffle, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
