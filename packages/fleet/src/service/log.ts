import { trace } from '@opentelemetry/api';
import { SluiceError } from '@sluice/contracts';
import { createLogger as createWinston, format, type Logger, transports } from 'winston';

export type { Logger } from 'winston';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const CREDENTIALS = /\/\/[^/@\s]*@/g;
const SECRET_WORDS = /\b(bearer|key|token|password|secret|authorization)(["':=\s]+)\S+/gi;

/** Takes credentials out of a text that goes to a log: user and password of URLs, and what follows words like `token=`. */
export function redact(text: string): string {
  return text.replace(CREDENTIALS, '//***@').replace(SECRET_WORDS, '$1$2***');
}

/** What a log says of an error: class, code, redacted message, redacted stack, the same of its cause. */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  return {
    name: error.name,
    ...(error instanceof SluiceError ? { code: error.code } : {}),
    message: redact(error.message),
    ...(error instanceof SluiceError ? {} : { stack: redact(error.stack ?? '') }),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

const enrich = format((entry) => {
  if (entry.error !== undefined) entry.error = describeError(entry.error);
  const span = trace.getActiveSpan()?.spanContext();
  if (span !== undefined) {
    entry.traceId = span.traceId;
    entry.spanId = span.spanId;
  }
  return entry;
});

/** `JSON.stringify` costs half of winston's own JSON format; what it cannot write is said to be so. */
const line = format.printf((entry) => {
  try {
    return JSON.stringify(entry);
  } catch {
    return JSON.stringify({
      level: entry.level,
      message: entry.message,
      note: 'the rest could not be written as JSON',
    });
  }
});

/** JSON lines on standard output: time, level, message, service, worker, and job, task, tenant and trace ids where they are known. */
export function createLogger(service: string, worker: string, level: LogLevel): Logger {
  return createWinston({
    level,
    defaultMeta: { service, worker },
    format: format.combine(format.timestamp(), enrich(), line),
    transports: [new transports.Console({ stderrLevels: [] })],
  });
}
