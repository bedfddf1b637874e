import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MOST_FRAMES = 20;
const MOST_CHARS = 4_000;

const FRAME = /^\s+at (?:(.+?) \()?([^()]+?)(?::(\d{1,7}))?(?::\d{1,7})?\)?$/;
const FUNCTION_NAME = /^(?:async )?(?:new )?[\w$.<>#]{1,80}(?: \[as [\w$.<>#]{1,80}\])?$/;
const PLAIN_PATH = /^(?:node:)?[\w@.+/-]{1,200}$/;

/**
 * The frames of an error's stack: function, path below the repository or from `node_modules/<package>` on, line. What the stack repeats of the
 * message is left out, and so are frames without such a path.
 */
export function framesOf(error: unknown): string {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return '';
  const { stack, message } = error;
  const at = message === '' ? -1 : stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split('\n');
  // A message that was changed later is not found; the frames stand at the end, behind it.
  const head = lines.findLastIndex((line) => !FRAME.test(line));
  const frames = lines.slice(head + 1).flatMap((line) => frameOf(line) ?? []);
  return frames.slice(0, MOST_FRAMES).join('\n').slice(0, MOST_CHARS);
}

function frameOf(line: string): string | null {
  const [, name, place = '', lineNumber] = FRAME.exec(line) ?? [];
  const path = pathOf(place);
  if (path === null) return null;
  const where = lineNumber === undefined ? path : `${path}:${lineNumber}`;
  if (name === undefined) return `at ${where}`;
  return `at ${FUNCTION_NAME.test(name) ? name : '…'} (${where})`;
}

function pathOf(place: string): string | null {
  const absolute = place.replace(/^async /, '').replace(/^file:\/\//, '');
  const packages = absolute.lastIndexOf('/node_modules/');
  let path: string | null = null;
  if (packages >= 0) path = absolute.slice(packages + 1);
  else if (absolute.startsWith(ROOT)) path = absolute.slice(ROOT.length);
  else if (absolute.startsWith('node:')) path = absolute;
  return path !== null && PLAIN_PATH.test(path) ? path : null;
}
