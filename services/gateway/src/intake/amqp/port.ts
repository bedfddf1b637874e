/** A message that is not settled yet: the broker gives it to somebody else when the connection ends. */
export interface Delivery {
  content: Buffer;
  /** Names it to its broker. */
  tag: unknown;
}

/** One connection to a broker of AMQP 0-9-1. */
export interface Broker {
  /** Resolves when the connection is of no use any more, for whatever reason. */
  closed: Promise<void>;
  consume(prefetch: number, onDelivery: (delivery: Delivery) => void): Promise<void>;
  /** No delivery comes after this. */
  cancel(): Promise<void>;
  ack(delivery: Delivery): void;
  /** Back into the queue. */
  requeue(delivery: Delivery): void;
  /** Moves it to the dead letters with the reason; resolves when it is safe there and gone from the queue. */
  bury(delivery: Delivery, reason: { code: string; says: string }): Promise<void>;
  close(): Promise<void>;
}
