import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const ROTATE_ABOVE_BYTES = 50 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const MOST_PROBLEMS = 5;
const LAST_WORDS = 6;
const LINE_CHARS = 500;

/** Opens a log for appending (mode 0600); one above 50 MB is first moved to `<file>.1`, replacing an older one. */
export function openLog(file: string): number {
  if (sizeOf(file) > ROTATE_ABOVE_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * Follows a log that another process writes, from its present end on. The process writes to the file itself and not through
 * us, so it loses no line when the supervisor dies.
 */
export class LogReader {
  readonly #file: string;
  readonly #decoder = new StringDecoder('utf8');
  #offset: number;
  #rest = '';
  readonly #lastWords: string[] = [];

  constructor(file: string) {
    this.#file = file;
    this.#offset = sizeOf(file);
  }

  /** Messages of the error lines since the last call: at most five, and how many more there were. */
  problems(): string[] {
    const problems: string[] = [];
    let more = 0;
    for (const line of this.#newLines()) {
      const problem = problemIn(line);
      if (problem === null) continue;
      if (problems.length < MOST_PROBLEMS) problems.push(problem);
      else more++;
    }
    return more === 0 ? problems : [...problems, `and ${more} more errors`];
  }

  /** The latest lines that are no log entries: what a crashing process says, without its stack. */
  lastWords(): readonly string[] {
    return this.#lastWords;
  }

  *#newLines(): Generator<string> {
    for (let chunk = this.#read(); chunk !== ''; chunk = this.#read()) {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        if (isTelling(line)) this.#remember(line);
        yield line;
      }
    }
  }

  #remember(line: string): void {
    this.#lastWords.push(line.slice(0, LINE_CHARS));
    if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
  }

  #read(): string {
    if (sizeOf(this.#file) <= this.#offset) return '';
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const handle = openSync(this.#file, 'r');
    try {
      const bytes = readSync(handle, buffer, 0, CHUNK_BYTES, this.#offset);
      this.#offset += bytes;
      return this.#decoder.write(buffer.subarray(0, bytes));
    } finally {
      closeSync(handle);
    }
  }
}

/** Not a log entry, a stack frame or a closing bracket. */
function isTelling(line: string): boolean {
  return /\w/.test(line) && !/^\{|^\s+at |^Node\.js v|^node:internal/.test(line);
}

/** The message of a JSON log line of level error, with that of the error in it; null for any other line. */
export function problemIn(line: string): string | null {
  if (!line.startsWith('{') || !line.includes('"error"')) return null;
  try {
    const entry = JSON.parse(line) as { level?: unknown; message?: unknown; error?: { message?: string } };
    if (entry.level !== 'error') return null;
    const detail = entry.error?.message === undefined ? '' : `: ${entry.error.message}`;
    return `${String(entry.message)}${detail}`.slice(0, LINE_CHARS);
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
