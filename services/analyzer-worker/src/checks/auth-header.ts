/** One method's result in an Authentication-Results header: `dmarc=fail (p=reject) header.from=example.com`. */
export type AuthResult = {
  method: string;
  result: string;
  /** `ptype.property`, in lower case, to its value. */
  properties: ReadonlyMap<string, string>;
};

export type AuthHeader = {
  /** Who says it, in lower case; null where the header does not say, which RFC 8601 does not allow and Outlook does. */
  authservId: string | null;
  results: AuthResult[];
};

const MAX_CHARS = 16 * 1024;
const MAX_RESULTS = 100;
/** A quoted string (one without an end takes the rest, so that reading stays linear), a sign of its own, or a run of anything else. */
const TOKEN = /"((?:[^"\\]|\\[^]?)*)"?|([();=])|([^\s"();=]+)/g;

type Token = { text: string; isSign: boolean };

/** Reads the value of an Authentication-Results header by RFC 8601 section 2.2. Never throws; what it cannot read it leaves out. */
export function parseAuthHeader(value: string): AuthHeader {
  const [first = [], ...rest] = splitAt(';', tokensOf(value.slice(0, MAX_CHARS)));
  const isResult = first[1]?.isSign === true && first[1].text === '=';
  const authservId = isResult ? null : (first[0]?.text.toLowerCase() ?? null);
  const results = (isResult ? [first, ...rest] : rest).slice(0, MAX_RESULTS).flatMap(readResult);
  return { authservId, results };
}

/** Reads ARC-Authentication-Results (RFC 8617 section 4.1.1): the same after its instance, which is null where it is missing. */
export function parseArcHeader(value: string): AuthHeader & { instance: number | null } {
  const match = /^\s*i\s*=\s*(\d{1,2})\s*;/.exec(value.slice(0, 100));
  const rest = match === null ? value : value.slice(match[0].length);
  return { ...parseAuthHeader(rest), instance: match === null ? null : Number(match[1]) };
}

/** Without comments, which nest. */
function tokensOf(value: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (const [, quoted, sign, word] of value.matchAll(TOKEN)) {
    if (sign === '(') depth += 1;
    else if (sign === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) {
      tokens.push({ text: sign ?? word ?? (quoted ?? '').replace(/\\(.)/g, '$1'), isSign: sign !== undefined });
    }
  }
  return tokens;
}

function splitAt(sign: string, tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.isSign && token.text === sign) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** `method[/version]=result`, then `ptype.property=value` and `reason=…` as often as they come. */
function readResult(tokens: readonly Token[]): AuthResult[] {
  const pairs = pairsOf(tokens);
  const [method, result] = pairs[0] ?? [];
  if (method === undefined || result === undefined) return [];
  const properties = new Map(pairs.slice(1));
  return [{ method: method.replace(/\/.*$/, ''), result: result.toLowerCase(), properties }];
}

/** `a=b`; a value that holds a `=` of its own keeps only what stands before it. */
function pairsOf(tokens: readonly Token[]): [string, string][] {
  return tokens.flatMap((token, index): [string, string][] => {
    const name = tokens[index - 1];
    const value = tokens[index + 1];
    if (!token.isSign || token.text !== '=' || name === undefined || value === undefined) return [];
    return name.isSign || value.isSign ? [] : [[name.text.toLowerCase(), value.text]];
  });
}
