import { SluiceError } from '@sluice/contracts';
import busboy, { type Busboy } from 'busboy';
import type { Request } from 'express';

/** The frame around a file, and a few fields: much more than a browser sends. */
const FRAME_BYTES = 64 * 1024;
const LIMITS = { fields: 20, fieldSize: 1_024, files: 2, parts: 22 };

export interface Form {
  /** Content of the one file. Empty where there is none. */
  file: Buffer;
  priority: string | undefined;
  tlp: string | undefined;
}

/**
 * Reads one `file` of at most `capBytes`, `priority` and `tlp`, from a multipart body. Throws `bad-request` (400) and
 * `too-large` (413). What is left of a refused body is read and thrown away, so that the sender sees the answer.
 */
export function readForm(request: Request, capBytes: number): Promise<Form> {
  return new Promise((resolve, reject) => {
    const form = openForm(request, capBytes);
    const chunks: Buffer[] = [];
    let files = 0;
    let receivedBytes = 0;
    const fields = new Map<string, string>();
    const refuse = (error: SluiceError) => {
      request.unpipe(form);
      request.resume();
      reject(error);
    };
    const unreadable = () => refuse(badRequest('The multipart body could not be read.'));
    form.on('file', (name, stream) => {
      files += 1;
      if (name !== 'file' || files > 1) {
        stream.resume();
        refuse(badRequest('A submission has one file, in the field `file`.'));
        return;
      }
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => refuse(tooLarge()));
      stream.on('error', unreadable);
    });
    form.on('field', (name, value) => {
      fields.set(name, value);
    });
    form.on('error', unreadable);
    form.on('close', () => {
      resolve({ file: Buffer.concat(chunks), priority: fields.get('priority'), tlp: fields.get('tlp') });
    });
    request.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (receivedBytes > capBytes + FRAME_BYTES) refuse(tooLarge());
    });
    request.once('close', () => {
      if (!request.complete) unreadable();
    });
    request.pipe(form);
  });
}

function openForm(request: Request, capBytes: number): Busboy {
  try {
    // Busboy reports the limit at its last byte, not after it.
    return busboy({ headers: request.headers, limits: { ...LIMITS, fileSize: capBytes + 1 } });
  } catch {
    throw badRequest('The multipart body has no boundary.');
  }
}

function badRequest(message: string): SluiceError {
  return new SluiceError('bad-request', message, { httpStatus: 400 });
}

export function tooLarge(): SluiceError {
  return new SluiceError('too-large', 'A mail may have 25 MB at most.', { httpStatus: 413 });
}
