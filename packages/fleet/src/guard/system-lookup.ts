import { lookup } from 'node:dns/promises';
import { codeOf } from './error-text.ts';
import { type Lookup, NoAnswer } from './resolve.ts';

/** A question to the machine's resolver holds one of the four threads that also do all file access: some must stay free when DNS is away. */
const QUESTIONS_AT_ONCE = 3;
const ANSWER_MS = 4_000;
/** The resolver's word that a name has no address; anything else says that it could not tell. */
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);

/** Asks the machine's resolver (hosts file and DNS) for 4 s at most, waiting for its turn included; then `NoAnswer`. */
export const lookupBySystem: Lookup = limited(
  async (host) => (await lookup(host, { all: true, verbatim: true })).map((answer) => answer.address),
  { atOnce: QUESTIONS_AT_ONCE, answerMs: ANSWER_MS },
);

/** A lookup with a time limit and a limit of questions at once; what the resolver could not answer becomes `NoAnswer`. */
export function limited(ask: Lookup, limits: { atOnce: number; answerMs: number }): Lookup {
  const waiting: (() => void)[] = [];
  let open = 0;
  const next = () => {
    while (open < limits.atOnce && waiting.length > 0) {
      open++;
      waiting.shift()?.();
    }
  };
  return async (host) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const begin = () => {
      void ask(host)
        .then(resolve, (error: unknown) => reject(NO_SUCH_NAME.has(codeOf(error)) ? error : noAnswer(error)))
        .finally(() => {
          open--;
          next();
        });
    };
    const timer = setTimeout(() => {
      const place = waiting.indexOf(begin);
      if (place !== -1) waiting.splice(place, 1);
      reject(noAnswer());
    }, limits.answerMs);
    waiting.push(begin);
    next();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  };
}

function noAnswer(cause?: unknown): NoAnswer {
  return new NoAnswer('the resolver did not answer', { cause });
}
