import { get } from 'node:http';
import { connect } from 'node:net';

const PATIENCE_MS = 2_000;

/** Whether the service on this loopback port says that it is ready. Never throws. */
export function isServiceReady(metricsPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: metricsPort, path: '/health/ready', agent: false, timeout: PATIENCE_MS };
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}

/** Whether the Redis on this loopback port answers a PING; not while it still loads its file. Never throws. */
export function isRedisReady(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, timeout: PATIENCE_MS });
    const end = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.split('\r\n').length > 2) end(answer === '+OK\r\n+PONG\r\n');
    });
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
