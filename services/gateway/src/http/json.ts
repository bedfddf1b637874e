import { SluiceError } from '@sluice/contracts';
import { json, type RequestHandler } from 'express';

const COMMA = 0x2c;
/** A body of nothing but `{},{},…` costs seconds to parse and to check, for all who ask meanwhile. No honest one has so many. */
const MOST_COMMAS = 100_000;

/** Reads a body of JSON. Throws `too-large` (413) where it has more bytes, or lists more than 100,000 values. */
export function jsonBody(limitBytes: number): RequestHandler {
  return json({ limit: limitBytes, verify: (_request, _response, body) => requireFew(body) });
}

function requireFew(body: Buffer): void {
  let commas = 0;
  for (let at = body.indexOf(COMMA); at >= 0; at = body.indexOf(COMMA, at + 1)) {
    commas += 1;
    if (commas < MOST_COMMAS) continue;
    throw new SluiceError('too-large', 'JSON may list 100,000 values at most.', { httpStatus: 413 });
  }
}
