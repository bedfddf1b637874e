import { trace } from '@opentelemetry/api';
import { SluiceError } from '@sluice/contracts';
import { createLogger as createWinston, format, type Logger, transports } from 'winston';
import { describeFailure } from '../redact/index.ts';

export type { Logger } from 'winston';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a log says of an error: its code where that is ours, what it and its causes say, and where it was thrown; redacted. */
export function describeError(error: unknown): Record<string, string> {
  const { internal, stack } = describeFailure(error);
  if (error instanceof SluiceError && error.cause === undefined) return { code: error.code, message: internal };
  return { ...(error instanceof SluiceError ? { code: error.code } : {}), message: internal, stack };
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
