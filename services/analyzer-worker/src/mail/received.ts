import type { ReceivedHop } from '@sluice/contracts';
import { parseMailDate } from './dates.ts';
import { readIp } from './ips.ts';

const MAX_HOP_CHARS = 4096;
const CLAUSES = new Set(['from', 'by', 'with', 'via', 'id', 'for']);

/**
 * The hops that the mail says it took, the oldest first. Whoever relayed the mail wrote them, so the older ones may be lies.
 *
 * @param values the values of the Received headers in the order of the mail, the newest first
 */
export function readReceived(values: readonly string[]): ReceivedHop[] {
  const hops = values.map(readHop).toReversed();
  let previousMs: number | null = null;
  return hops.map((hop) => {
    const atMs = hop.at === null ? null : Date.parse(hop.at);
    const delaySeconds = atMs === null || previousMs === null ? null : Math.round((atMs - previousMs) / 1000);
    previousMs = atMs ?? previousMs;
    return { ...hop, delaySeconds };
  });
}

function readHop(value: string): Omit<ReceivedHop, 'delaySeconds'> {
  const text = value.slice(0, MAX_HOP_CHARS);
  const semicolon = text.lastIndexOf(';');
  const clauses = readClauses(semicolon < 0 ? text : text.slice(0, semicolon));
  const from = clauses.get('from');
  return {
    from: from?.words[0]?.slice(0, 255) ?? null,
    fromIp: from === undefined ? null : ipOf(from),
    by: clauses.get('by')?.words[0]?.slice(0, 255) ?? null,
    with: clauses.get('with')?.words[0]?.slice(0, 50) ?? null,
    at: parseMailDate(semicolon < 0 ? text : text.slice(semicolon + 1)),
  };
}

type Clause = { words: string[]; comments: string[] };

/** The first clause of each name; words in parentheses are comments of the clause that they follow. */
function readClauses(text: string): Map<string, Clause> {
  const clauses = new Map<string, Clause>();
  let current: Clause = { words: [], comments: [] };
  let depth = 0;
  for (const [token] of text.matchAll(/[()]|[^\s()]+/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth = Math.max(0, depth - 1);
    else if (depth > 0) current.comments.push(token);
    else if (CLAUSES.has(token.toLowerCase())) {
      current = { words: [], comments: [] };
      if (!clauses.has(token.toLowerCase())) clauses.set(token.toLowerCase(), current);
    } else current.words.push(token);
  }
  return clauses;
}

/** The relay writes the address it saw into the comment; what stands before it is the sender's own claim. */
function ipOf(clause: Clause): string | null {
  for (const token of [...clause.comments, ...clause.words]) {
    for (const piece of /[.:]/.test(token) ? token.split(/[[\],=]/) : []) {
      const ip = readIp(piece) ?? readIp(piece.replace(/:\d{1,5}$/, ''));
      if (ip !== null) return ip.ip;
    }
  }
  return null;
}
