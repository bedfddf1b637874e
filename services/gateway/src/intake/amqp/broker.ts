import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect, type Message } from 'amqplib';
import type { Broker, Delivery } from './port.ts';

const CONNECT_WITHIN_MS = 10_000;
const HEARTBEAT_SECONDS = 30;

interface BrokerConfig {
  /** amqp:// or amqps://, with user and password. */
  url: string;
  queue: string;
}

/**
 * Connects, and sees to it that there are the queue and its dead letters, an exchange and a queue named `<queue>.dead`. What exists is taken as it is; what does
 * not is made durable. Throws what the library throws.
 */
export async function openBroker({ url, queue }: BrokerConfig): Promise<Broker> {
  const connection = await connect(withHeartbeat(url), {
    timeout: CONNECT_WITHIN_MS,
    clientProperties: { connection_name: 'sluice gateway' },
  });
  const closed = new Promise<void>((resolve) => {
    connection.once('close', () => resolve());
  });
  // Without a listener they end the process; `close` follows them.
  connection.on('error', () => undefined);
  try {
    await seeToQueue(connection, queue);
    await seeToDeadLetters(connection, queue);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    // A channel that is closed (the broker forbade something, or waited too long for an answer) makes the connection useless.
    channel.once('close', () => void connection.close().catch(() => undefined));
    return brokerOf({ connection, channel, queue, closed });
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

function withHeartbeat(text: string): string {
  const url = new URL(text);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return url.href;
}

/** Asking for what exists with other properties closes the channel, and so does asking whether something exists that does not. */
async function exists(connection: ChannelModel, ask: (channel: ConfirmChannel) => Promise<unknown>): Promise<boolean> {
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  try {
    await ask(channel);
    await channel.close();
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
}

const NOT_FOUND = 404;

async function seeToQueue(connection: ChannelModel, queue: string): Promise<void> {
  if (await exists(connection, (channel) => channel.checkQueue(queue))) return;
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { durable: true });
  await channel.close();
}

const deadOf = (queue: string) => `${queue}.dead`;

async function seeToDeadLetters(connection: ChannelModel, queue: string): Promise<void> {
  const dead = deadOf(queue);
  await seeToQueue(connection, dead);
  const isThere = await exists(connection, (channel) => channel.checkExchange(dead));
  const channel = await connection.createChannel();
  if (!isThere) await channel.assertExchange(dead, 'direct', { durable: true });
  await channel.bindQueue(dead, dead, queue);
  await channel.close();
}

interface Opened {
  connection: ChannelModel;
  channel: ConfirmChannel;
  queue: string;
  closed: Promise<void>;
}

function brokerOf({ connection, channel, queue, closed }: Opened): Broker {
  let consumerTag: string | undefined;
  /** Burials that no queue took. The broker says so before it confirms them. */
  const returned = new Set<string>();
  channel.on('return', ({ properties }: Message) => returned.add(String(properties.messageId)));
  const messageOf = ({ tag }: Delivery) => tag as ConsumeMessage;

  return {
    closed,
    async consume(prefetch, onDelivery) {
      await channel.prefetch(prefetch);
      const consumer = await channel.consume(queue, (message) => {
        if (message !== null) onDelivery({ content: message.content, tag: message });
        // The queue was removed.
        else void connection.close().catch(() => undefined);
      });
      consumerTag = consumer.consumerTag;
    },
    async cancel() {
      if (consumerTag !== undefined) await channel.cancel(consumerTag);
    },
    ack: (delivery) => channel.ack(messageOf(delivery)),
    requeue: (delivery) => channel.nack(messageOf(delivery), false, true),
    async bury(delivery, { code, says }) {
      const { properties, content } = messageOf(delivery);
      const reason = { 'x-sluice-code': code, 'x-sluice-reason': says, 'x-sluice-queue': queue };
      const headers = { ...properties.headers, ...reason };
      const messageId = randomUUID();
      await new Promise<void>((resolve, reject) => {
        const { contentType } = properties as { contentType?: string };
        const options = { persistent: true, mandatory: true, headers, contentType, messageId };
        channel.publish(deadOf(queue), queue, content, options, (error: unknown) => {
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      });
      if (returned.delete(messageId)) throw new SluiceError('no-dead-letters', 'Nothing takes up the dead letters.');
      channel.ack(messageOf(delivery));
    },
    async close() {
      await connection.close();
    },
  };
}
