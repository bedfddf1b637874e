import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  port: number;
  /** Connections that are open through it. */
  connections(): number;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** From now on every connection is reset and every new one refused, until `open`. */
  shut(): void;
  /** From now on nothing passes, though connections stay and new ones are taken: a network that swallows everything. Until `open`. */
  freeze(): void;
  open(): void;
  stop(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
}

/** Hands every connection to its loopback port on to another port of this machine. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let mode: 'open' | 'shut' | 'frozen' = 'open';

  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (mode === 'shut') near.resetAndDestroy();
    else join(near);
  });

  function join(near: Socket): void {
    const far = connect(targetPort, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    near.pipe(far);
    far.pipe(near);
    if (mode === 'frozen') hold(pair);
  }

  function hold({ near, far }: Pair): void {
    near.unpipe();
    far.unpipe();
    near.pause();
    far.pause();
  }

  function cut(): void {
    for (const { near, far } of pairs) {
      // A reset of one that is already saying farewell is refused by libuv, and its handle would keep the process from ending (Node 24).
      if (near.writableEnded) near.destroy();
      else near.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.size,
    cut,
    shut() {
      mode = 'shut';
      cut();
    },
    freeze() {
      mode = 'frozen';
      for (const pair of pairs) hold(pair);
    },
    open() {
      if (mode === 'frozen') {
        for (const { near, far } of pairs) {
          near.pipe(far);
          far.pipe(near);
        }
      }
      mode = 'open';
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
