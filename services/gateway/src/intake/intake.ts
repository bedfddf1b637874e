import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import type { Route } from '../http/route.ts';
import type { AddressDirectory } from '../policy/directory.ts';
import { openBroker } from './amqp/broker.ts';
import { createAmqpIntake } from './amqp/consumer.ts';
import { createProcessed } from './amqp/processed.ts';
import { ingestRoutes } from './ingest.ts';
import type { Recipients, Submit } from './port.ts';
import { createRecipients } from './recipients.ts';
import type { IntakeSettings } from './settings.ts';
import { createBudget } from '../budget.ts';
import { createMailServer } from './smtp/server.ts';
import { createStamps } from './stamp.ts';

/** Mails that come over SMTP and LMTP hold so much memory at a time. */
const MEMORY_BYTES = 256 * 1_024 * 1_024;

interface MailIntakeConfig {
  config: IntakeSettings;
  submit: Submit;
  /** Of addresses, as policy checks know them. */
  directory: Pick<AddressDirectory, 'formsOf' | 'find'>;
  records: Pick<Records, 'messages'>;
  settings: Pick<Settings, 'tenant'>;
  redis: Redis;
  log: Logger;
}

export interface MailIntake {
  /** Empty where `/ingest` is off. */
  routes: readonly Route[];
  /** Throws where a port is taken. */
  start(): Promise<void>;
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
}

/** A way in that is open while the gateway runs. */
interface Door {
  start(): Promise<void> | void;
  stop(): Promise<void>;
}

/** All ways by which mail comes that nobody submits by hand; those that are not set are shut. Throws `bad-config`. */
export async function openMailIntake({
  config,
  submit,
  directory,
  records,
  settings,
  redis,
  log,
}: MailIntakeConfig): Promise<MailIntake> {
  const recipients = createRecipients({ directory, settings });
  const doors: Door[] = [
    ...(await openMailServers({ config, submit, recipients, redis, log })),
    ...openQueue({ config, submit, records, log }),
  ];
  return {
    routes: config.INGEST_ENABLED ? ingestRoutes({ submit, recipients }) : [],
    async start() {
      for (const door of doors) await door.start();
    },
    async stop() {
      await Promise.all(doors.map((door) => door.stop()));
    },
  };
}

interface MailServersConfig extends Pick<MailIntakeConfig, 'config' | 'submit' | 'redis' | 'log'> {
  recipients: Recipients;
}

async function openMailServers({ config, submit, recipients, redis, log }: MailServersConfig): Promise<Door[]> {
  const ports = { smtp: config.SMTP_PORT, lmtp: config.LMTP_PORT };
  const tls = await readTls(config);
  const budget = createBudget(MEMORY_BYTES);
  const shared = { submit, recipients, stamps: createStamps(redis), budget, name: config.SMTP_NAME, log };
  return (['smtp', 'lmtp'] as const).flatMap((door) => {
    const port = ports[door];
    if (port === undefined) return [];
    const server = createMailServer({ door, ...shared, ...tls, maxConnections: config.SMTP_MAX_CONNECTIONS });
    return {
      async start() {
        await server.listen(port, config.SMTP_HOST);
        log.info('mail server listening', { door, host: config.SMTP_HOST, port, hasTls: tls.tls !== undefined });
      },
      stop: server.stop,
    };
  });
}

async function readTls({
  SMTP_TLS_CERT: cert,
  SMTP_TLS_KEY: key,
}: IntakeSettings): Promise<{ tls?: { cert: Buffer; key: Buffer } }> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    throw new SluiceError('bad-config', 'SMTP_TLS_CERT and SMTP_TLS_KEY go together: one of them is missing.');
  }
  try {
    return { tls: { cert: await readFile(cert), key: await readFile(key) } };
  } catch (cause) {
    throw new SluiceError('bad-config', 'SMTP_TLS_CERT or SMTP_TLS_KEY cannot be read.', { cause });
  }
}

type QueueConfig = Pick<MailIntakeConfig, 'config' | 'submit' | 'records' | 'log'>;

function openQueue({ config, submit, records, log }: QueueConfig): Door[] {
  const { RABBITMQ_URL: url, RABBITMQ_QUEUE: queue, RABBITMQ_TENANT: tenant, RABBITMQ_PREFETCH: prefetch } = config;
  if (url === undefined) return [];
  const open = () => openBroker({ url, queue });
  const { messages } = records;
  return [createAmqpIntake({ open, submit, messages, tenant, prefetch, log }), createProcessed({ messages, log })];
}
