import { SluiceError } from '@sluice/contracts';

/** A line may have so many bytes, and a request so many lines: https://www.postfix.org/SMTPD_POLICY_README.html names about thirty. */
export const LINE_BYTES = 4_096;
export const MOST_ATTRIBUTES = 100;

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
/** The rest is not kept. */
const WANTED: ReadonlySet<string> = new Set([
  'request',
  'protocol_state',
  'recipient',
] satisfies (keyof PolicyRequest)[]);

/** What is kept of a request. */
export interface PolicyRequest {
  request?: string;
  protocol_state?: string;
  recipient?: string;
}

/**
 * Reads the requests of one connection: lines of `name=value`, ended by an empty one. It holds one line at most. Throws `bad-policy-request` at what is not
 * one, after the requests before it; then the connection is of no more use.
 */
export function createPolicyReader() {
  let rest = NOTHING;
  let request: PolicyRequest = {};
  let attributes = 0;

  function lineOf(part: Buffer): Buffer {
    if (rest.length + part.length > LINE_BYTES) throw bad(`A line has more than ${LINE_BYTES} bytes.`);
    const line = rest.length === 0 ? part : Buffer.concat([rest, part]);
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  }

  function keep(line: Buffer): void {
    attributes += 1;
    if (attributes > MOST_ATTRIBUTES) throw bad(`A request has more than ${MOST_ATTRIBUTES} attributes.`);
    const equals = line.indexOf('=');
    if (equals < 1) throw bad('A line is not name=value.');
    const name = line.toString('latin1', 0, equals);
    // Of an attribute that comes twice the last one counts.
    if (WANTED.has(name)) request[name as keyof PolicyRequest] = line.toString('utf8', equals + 1);
  }

  function end(): PolicyRequest {
    if (attributes === 0) throw bad('A request has no attributes.');
    if (request.request !== 'smtpd_access_policy') throw bad('A request is not smtpd_access_policy.');
    const ended = request;
    request = {};
    attributes = 0;
    return ended;
  }

  return {
    *read(chunk: Buffer): Generator<PolicyRequest, void> {
      let from = 0;
      for (let to = chunk.indexOf(LF); to >= 0; to = chunk.indexOf(LF, from)) {
        const line = lineOf(chunk.subarray(from, to));
        rest = NOTHING;
        from = to + 1;
        if (line.length > 0) keep(line);
        else yield end();
      }
      const begun = chunk.subarray(from);
      if (rest.length + begun.length > LINE_BYTES) throw bad(`A line has more than ${LINE_BYTES} bytes.`);
      // A copy: the chunk, of which it may be a small part, is not held.
      if (begun.length > 0) rest = Buffer.concat([rest, begun]);
    },
    /** A request has begun and not ended. */
    isWithin: (): boolean => attributes > 0 || rest.length > 0,
  };
}

function bad(message: string): SluiceError {
  return new SluiceError('bad-policy-request', message);
}
