import type { IncomingMessage } from 'node:http';

/**
 * Where a request comes from. Behind `proxies` of our own, each of which appends to `X-Forwarded-For` whom it heard, it is the entry before theirs; what a
 * client writes there itself is never believed.
 */
export function createAddressOf(proxies: number) {
  return ({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string => {
    const direct = socket.remoteAddress ?? 'unknown';
    if (proxies === 0) return direct;
    const said = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    return said.map((each) => each.trim()).at(-proxies) || direct;
  };
}

/** Whether the browser came by TLS, to us or to the proxy before us. A lie harms only the liar. */
export function isSecure({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  return 'encrypted' in socket || headers['x-forwarded-proto'] === 'https';
}
