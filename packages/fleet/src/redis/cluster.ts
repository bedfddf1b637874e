import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, type ClusterNode, type ClusterOptions } from 'ioredis';

/** Of a node that has just gone: so long until a command, or a connection, looks for it again. */
const LOOK_AGAIN_MS = 100;
const LONGEST_PAUSE_MS = 500;
/** Nodes that have not closed by then are left. */
const FAREWELL_MS = 300;
const CLOSED = 'Connection is closed.';
/** The cluster makes its connections anew; what comes meanwhile waits in a queue. */
const AWAY = new Set(['close', 'reconnecting', 'connecting']);
/** What a connection is in that was told to end, as long as nobody has begun to connect it again. */
const ENDING = new Set(['disconnecting', 'close', 'reconnecting']);
/** No try to connect is under way. */
const IDLE = new Set(['wait', 'close', 'reconnecting', 'end']);

/**
 * A Cluster whose commands wait until their node is back, as those of a single server do: ioredis by itself gives a command up after 16 tries of 100 ms, and
 * at once when its last connection closes. Redirections still come to an end. With `answerWithinMs` a command fails after that time, the waiting for a
 * node included.
 */
export function connectCluster(nodes: readonly ClusterNode[], options: ClusterOptions, answerWithinMs?: number) {
  const cluster = new PatientCluster([...nodes], options, answerWithinMs);
  // BullMQ makes its blocking connection by this, and others their subscriptions.
  cluster.duplicate = ((others: ClusterNode[] = [], { redisOptions, ...rest }: ClusterOptions = {}) =>
    connectCluster(
      others.length > 0 ? others : nodes,
      { ...options, ...rest, redisOptions: { ...options.redisOptions, ...redisOptions } },
      answerWithinMs,
    )) as Cluster['duplicate'];
  return cluster;
}

type Handlers = Parameters<Cluster['handleError']>[2];

class PatientCluster extends Cluster {
  readonly #answerWithinMs: number | undefined;
  #connecting: Promise<void> | undefined;
  #isClosed = false;
  /** Counts farewells. What was sent before one belongs to nobody any more: sent again, a blocking command that BullMQ gave up so would take what the next one waits for. */
  #life = 0;
  readonly #sent = new WeakSet<object>();

  constructor(nodes: ClusterNode[], options: ClusterOptions, answerWithinMs?: number) {
    // ioredis calls `connect` at once when a connection has ended: a timer of its own may outlive the farewell. The types tell apart by `replyMapping` what comes
    // back; nobody sets it.
    super(nodes, { ...options, lazyConnect: true, clusterRetryStrategy: () => 0 } as never);
    this.#answerWithinMs = answerWithinMs;
    // A node whose farewell comes after the end of all makes it `close` once more, and what is sent then would wait for ever.
    this.on('close', () => setImmediate(() => this.#isClosed && this.status === 'close' && this.#end()));
    this.connect().catch(() => undefined);
  }

  /**
   * Resolves when the cluster is ready, however many tries that takes; rejects only when it is closed meanwhile. What ioredis promises here never settles where
   * the cluster is found but not ready, and BullMQ waits for it (ioredis 6.0.0, bullmq 6.7.0).
   */
  override connect(): Promise<void> {
    this.#isClosed = false;
    this.#connecting ??= this.#untilReady().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #untilReady(): Promise<void> {
    for (let tries = 0; !this.#isClosed; tries += 1) {
      if (this.status === 'ready') return;
      if (IDLE.has(this.status)) super.connect().catch(() => undefined);
      await wait(Math.min(LOOK_AGAIN_MS * 2 ** Math.min(tries, 5), LONGEST_PAUSE_MS));
    }
    throw new Error(CLOSED);
  }

  override disconnect(reconnect = false): void {
    this.#isClosed = !reconnect;
    if (!reconnect) {
      this.#life += 1;
      this.#hearEnd();
    }
    super.disconnect(reconnect);
  }

  /**
   * The end of this life is heard in any case: it is that of the last node, and does not come where none was left, or where somebody has already asked for the
   * next life. BullMQ waits for it, and so do those whose commands wait for a node.
   */
  #hearEnd(): void {
    const timer = setTimeout(() => this.#end(), FAREWELL_MS);
    this.once('end', () => clearTimeout(timer));
  }

  #end(): void {
    if (ENDING.has(this.status)) {
      this.status = 'end';
      (this as unknown as { flushQueue(error: Error): void }).flushQueue(new Error(CLOSED));
    }
    this.emit('end');
  }

  override quit(): Promise<'OK'> {
    this.#isClosed = true;
    return super.quit();
  }

  /** `commandTimeout` counts only from when a node has the command. */
  override sendCommand(...[command, stream, node]: Parameters<Cluster['sendCommand']>): unknown {
    if (this.#answerWithinMs !== undefined) command.setTimeout(this.#answerWithinMs);
    // Those of the offline queue come here twice.
    if (this.#sent.has(command)) return super.sendCommand(command, stream, node as unknown);
    this.#sent.add(command);
    const life = this.#life;
    const giveUp = command.reject;
    const answer = super.sendCommand(command, stream, node as unknown);
    const tryAgain = command.reject;
    command.reject = (error: Error) => (life === this.#life ? tryAgain : giveUp).call(command, error);
    return answer;
  }

  override handleError(error: Error, ttl: { value?: number }, handlers: Handlers): void {
    const life = this.#life;
    const inThisLife = (retry: () => void) => () => (life === this.#life ? retry() : handlers.defaults());
    const connectionClosed = inThisLife(handlers.connectionClosed);
    const { tryagain, clusterDown } = handlers;
    const own = { ...handlers, connectionClosed, tryagain: inThisLife(tryagain), clusterDown: inThisLife(clusterDown) };
    if (error.message === CLOSED || /^(CLUSTERDOWN|TRYAGAIN) /.test(error.message)) delete ttl.value;
    if (error.message === CLOSED && AWAY.has(this.status)) setTimeout(connectionClosed, LOOK_AGAIN_MS);
    else super.handleError(error, ttl, own);
  }
}
