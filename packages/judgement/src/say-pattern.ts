import { type PatternNode, parsePattern } from './say-pattern-parse.ts';

/** Work that may still be done: about 15 ns for one; below zero nothing more is read. */
export type Budget = { left: number };

/**
 * Finds an operator's regular expression in hostile text; the place after its first match, or null, also where the budget was used up on the way. Takes time linear in the text, times the
 * size of the expression at the worst, and never more than the budget.
 */
export type Pattern = (text: string, budget?: Budget) => number | null;

/** One step of the automaton: what it reads, or where it goes without reading. */
type Step =
  | { on: 'sign'; accepts: (code: number) => boolean; to: number }
  | { on: 'fork'; to: number[] }
  | { on: 'start' | 'end' | 'edge' | 'inside'; to: number }
  | { on: 'match' };

interface State {
  steps: readonly number[];
  /** By the sign that comes next; the sign after the text's end is -1. */
  next: Map<number, State>;
  /** Reading has come to its end; nothing else is of interest then. */
  isMatch: boolean;
}

const MOST_STEPS = 4_000;
/** What was worked out is forgotten then: a hostile text costs time, never memory. */
const MOST_STATES = 2_000;
const END = -1;
/** What a step of a state costs that has to be worked out anew, where reading a known one costs 1. */
const STEP_COST = 10;

/**
 * A regular expression as an automaton that is made while it reads (R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007): no text makes it
 * slow. Case does not count. It knows literals, `.`, classes, `\d \w \s \b` and their opposites, groups, `|`, `* + ? {n,m}`, `^` and `$` (of the whole text).
 * Throws `RangeError` in words for what it does not know or what is too large.
 */
export function compilePattern(source: string): Pattern {
  const steps: Step[] = [{ on: 'match' }];
  const begin = build(parsePattern(source), 0, steps);
  return (text, budget = { left: Number.POSITIVE_INFINITY }) => run({ steps, begin, budget }, text.toLowerCase());
}

/** Adds what reads a node and then goes on at `to`; gives where it begins. */
function build(node: PatternNode, to: number, steps: Step[]): number {
  switch (node.kind) {
    case 'sign':
      return add(steps, { on: 'sign', accepts: node.accepts, to });
    case 'place':
      return add(steps, { on: node.place, to });
    case 'row':
      return node.nodes.reduceRight((next, part) => build(part, next, steps), to);
    case 'choice':
      return add(steps, { on: 'fork', to: node.nodes.map((part) => build(part, to, steps)) });
    case 'repeat':
      return buildRepeat(node, to, steps);
  }
}

function buildRepeat({ node, min, max }: Extract<PatternNode, { kind: 'repeat' }>, to: number, steps: Step[]): number {
  let next = to;
  if (max === null) {
    const fork: Step = { on: 'fork', to: [to] };
    next = add(steps, fork);
    fork.to.push(build(node, next, steps));
  } else {
    for (let count = min; count < max; count += 1)
      next = add(steps, { on: 'fork', to: [to, build(node, next, steps)] });
  }
  for (let count = 0; count < min; count += 1) next = build(node, next, steps);
  return next;
}

function add(steps: Step[], step: Step): number {
  if (steps.length >= MOST_STEPS) throw new RangeError('is too large: repeat less');
  return steps.push(step) - 1;
}

function run(
  { steps, begin, budget }: { steps: readonly Step[]; begin: number; budget: Budget },
  text: string,
): number | null {
  const states = new Map<string, State>();
  const stateOf = (some: readonly number[]): State => {
    const key = some.join();
    const known = states.get(key);
    if (known !== undefined) return known;
    if (states.size >= MOST_STATES) states.clear();
    const state = { steps: some, next: new Map<number, State>(), isMatch: some.join() === '0' };
    states.set(key, state);
    return state;
  };
  // A state holds where reading may stand before the places (`^`, `$`, `\b`) between two signs are looked at: they need the sign before and after.
  let state = stateOf([begin]);
  let before = END;
  for (let at = 0; at <= text.length; at += 1) {
    budget.left -= 1;
    if (budget.left < 0) return null;
    const sign = at < text.length ? text.charCodeAt(at) : END;
    // The sign before matters to places only: three kinds of it are enough.
    const key = (sign + 1) * 3 + (before === END ? 0 : isWord(before) ? 1 : 2);
    let next = state.next.get(key);
    if (next === undefined) {
      const closed = close(steps, state.steps, before, sign);
      budget.left -= STEP_COST * closed.length;
      next = closed.includes(0) ? stateOf([0]) : stateOf(advance(steps, closed, sign, begin));
      if (state.next.size < MOST_STATES) state.next.set(key, next);
    }
    if (next.isMatch) return at;
    state = next;
    before = sign;
  }
  return null;
}

/** All steps that are reached without reading. */
function close(steps: readonly Step[], some: readonly number[], before: number, after: number): number[] {
  const reached = new Set<number>();
  const open = [...some];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const step = steps[at];
    if (step === undefined || step.on === 'sign' || step.on === 'match') continue;
    if (step.on === 'fork') open.push(...step.to);
    else if (isPlace(step.on, before, after)) open.push(step.to);
  }
  return [...reached];
}

/** Where reading stands after a sign; a match may begin behind every sign. */
function advance(steps: readonly Step[], closed: readonly number[], sign: number, begin: number): number[] {
  const reached = new Set<number>(sign === END ? [] : [begin]);
  for (const at of closed) {
    const one = steps[at];
    if (sign !== END && one?.on === 'sign' && one.accepts(sign)) reached.add(one.to);
  }
  return [...reached].toSorted((a, b) => a - b);
}

function isPlace(place: 'start' | 'end' | 'edge' | 'inside', before: number, after: number): boolean {
  if (place === 'start') return before === END;
  if (place === 'end') return after === END;
  const isEdge = (before !== END && isWord(before)) !== (after !== END && isWord(after));
  return place === 'edge' ? isEdge : !isEdge;
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95 || code > 127;
}
