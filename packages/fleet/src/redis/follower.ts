import { Redis as Server, type RedisOptions } from 'ioredis';

/** After an end that nobody wished, so long until the next try. */
const AGAIN_MS = 100;

/**
 * A connection to the master that Sentinels name. A fail-over that they tell of while the connection is being made ends that of ioredis for good (6.0.0: the
 * connector gives up, and no retry follows); this one is made again until it is closed by whoever has it.
 */
export class Follower extends Server {
  #isClosed = false;

  constructor(options: RedisOptions) {
    // It connects with its first command at the latest. The types tell apart by `replyMapping` what comes back; nobody sets it.
    super({ ...options, lazyConnect: true } as never);
    // BullMQ makes its blocking connection by this, and others their subscriptions.
    this.duplicate = ((others: Partial<RedisOptions> = {}) =>
      new Follower({ ...options, ...others })) as Server['duplicate'];
    this.on('end', () => {
      if (!this.#isClosed) setTimeout(() => this.#again(), AGAIN_MS);
    });
  }

  #again(): void {
    if (!this.#isClosed && this.status === 'end') this.connect().catch(() => undefined);
  }

  override connect(callback?: Parameters<Server['connect']>[0]): Promise<void> {
    this.#isClosed = false;
    return super.connect(callback);
  }

  override disconnect(reconnect = false): void {
    this.#isClosed = !reconnect;
    super.disconnect(reconnect);
  }

  override quit(): Promise<'OK'> {
    this.#isClosed = true;
    return super.quit();
  }
}
