import { hostname } from 'node:os';
import { TenantId } from '@sluice/contracts';
import { wholeNumber } from '@sluice/fleet/service';
import { z } from 'zod';

/** Settings of mail intake. Each door is shut unless its setting opens it. */
export const intakeSettings = {
  /** `true`: there is `POST /ingest`. */
  INGEST_ENABLED: z
    .enum(['true', 'false'], { error: 'is neither true nor false' })
    .default('false')
    .transform((text) => text === 'true'),
  SMTP_PORT: wholeNumber(1, 65_535).optional(),
  LMTP_PORT: wholeNumber(1, 65_535).optional(),
  /** The address that both listen on. */
  SMTP_HOST: z.string().default('127.0.0.1'),
  /** Our name in greetings and in Received headers. */
  SMTP_NAME: z
    .string()
    .regex(/^[\w.-]{1,253}$/, 'is not a host name')
    .default(() => hostname().replaceAll(/[^\w.-]/g, '-')),
  /** PEM files; both or none. With them there is STARTTLS. */
  SMTP_TLS_CERT: z.string().optional(),
  SMTP_TLS_KEY: z.string().optional(),
  /** Connections at a time, of each of the two. */
  SMTP_MAX_CONNECTIONS: wholeNumber(1, 10_000).default(100),
  /** The queue's server; its URL holds a password and is never logged. */
  RABBITMQ_URL: z
    .string()
    .refine((text) => /^amqps?:\/\/.+/.test(text) && URL.canParse(text), 'is not an amqp:// or amqps:// URL')
    .optional(),
  RABBITMQ_QUEUE: z.string().min(1).max(200).default('email_processing'),
  /** Whose the queue's mails are. */
  RABBITMQ_TENANT: TenantId.default('default'),
  /** Messages that are taken in at a time. */
  RABBITMQ_PREFETCH: wholeNumber(1, 1_000).default(1),
};
export type IntakeSettings = z.output<z.ZodObject<typeof intakeSettings>>;
