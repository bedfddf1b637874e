import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { SluiceError } from '@sluice/contracts';
import busboy, { type Busboy } from 'busboy';
import { faults } from './faults.ts';
import type { IncomingFile } from './items.ts';

const LIMITS = { fields: 20, fieldSize: 1_024, fieldNameSize: 100, headerPairs: 100 };

interface FormConfig {
  chunks: AsyncIterable<Uint8Array>;
  headers: IncomingHttpHeaders;
  maxFiles: number;
  /** All fields come before the first file. */
  onField: (name: string, value: string) => void;
}

/**
 * The files of a multipart body, one after the other; whatever is not read of one is thrown away when the next one is asked for. Throws `bad-request` (400),
 * `too-many-mails` (413), and what `onField` and `chunks` throw.
 */
export async function* readForm({ chunks, headers, maxFiles, onField }: FormConfig): AsyncGenerator<IncomingFile> {
  const form = openForm(headers, maxFiles);
  const files: { name: string; stream: Readable }[] = [];
  let seen = 0;
  let end: { fault: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  const finish = (fault: unknown) => {
    end ??= { fault };
    news.resolve();
  };
  form.on('file', (_field, stream, { filename }) => {
    seen += 1;
    // Its error is that of the form, and is told there; nobody may be listening yet.
    stream.on('error', () => undefined);
    files.push({ name: filename || `file ${seen}`, stream });
    news.resolve();
  });
  form.on('field', (name, value) => {
    try {
      if (seen > 0) throw faults.lateField(name);
      onField(name, value);
    } catch (error) {
      finish(error);
    }
  });
  form.on('filesLimit', () => finish(faults.tooMany(maxFiles)));
  form.on('error', () => finish(faults.badForm()));
  form.on('close', () => finish(null));
  void pump(chunks, form).catch((error: unknown) => {
    finish(error);
    // Whoever reads a file hears of it there.
    form.destroy(error as Error);
  });
  try {
    for (;;) {
      const file = files.shift();
      if (file !== undefined) {
        yield { name: file.name, chunks: contentOf(file.stream) };
        file.stream.resume();
      } else if (end !== undefined) {
        if (end.fault !== null) throw end.fault;
        return;
      } else {
        await news.promise;
        news = Promise.withResolvers<void>();
      }
    }
  } finally {
    for (const { stream } of files) stream.resume();
    form.destroy();
  }
}

function openForm(headers: IncomingHttpHeaders, maxFiles: number): Busboy {
  try {
    return busboy({ headers, limits: { ...LIMITS, files: maxFiles }, defParamCharset: 'utf8' });
  } catch {
    throw faults.noBoundary();
  }
}

/** Gives the form what comes, no faster than its files are read. */
async function pump(chunks: AsyncIterable<Uint8Array>, form: Busboy): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    form.once('close', resolve);
  });
  for await (const chunk of chunks) {
    if (form.destroyed) return;
    if (form.write(chunk)) continue;
    await Promise.race([new Promise((resolve) => form.once('drain', resolve)), closed]);
  }
  form.end();
}

/** A file that breaks off is the form's fault. */
async function* contentOf(stream: Readable): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    throw error instanceof SluiceError ? error : faults.badForm();
  }
}
