import { connect, type Socket } from 'node:net';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
/** A pong without a body, masked with zeros (RFC 6455, 5.5.3). */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const GOODBYE = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

export interface LeanSocket {
  isOpen(): boolean;
  close(): void;
}

interface LeanConfig {
  url: string;
  key: string;
  onText: (text: string) => void;
  /** The code that the other side closed with; 0: refused, or gone without a word. */
  onClose: (code: number) => void;
}

/** Reads a WebSocket with as little work as possible, so that thousands of readers in one process are not what is measured. */
export function openLean({ url, key, onText, onClose }: LeanConfig): LeanSocket {
  const { hostname, port, pathname, search } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const headers = [
    `GET ${pathname}${search} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    `authorization: Bearer ${key}`,
  ];
  socket.write(`${headers.join('\r\n')}\r\n\r\n`);
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;
  let code = 0;

  function frame(opcode: number, body: Buffer): void {
    if (opcode === TEXT) onText(body.toString());
    else if (opcode === PING) socket.write(PONG);
    else if (opcode === CLOSE) {
      code = body.length >= 2 ? body.readUInt16BE(0) : 1005;
      socket.end(GOODBYE);
    }
  }

  function handshake(): boolean {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    isOpen = rest.toString('latin1', 0, 12) === 'HTTP/1.1 101';
    rest = rest.subarray(end + 4);
    if (!isOpen) socket.destroy();
    return isOpen;
  }

  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isOpen && !handshake()) return;
    for (let next = readFrame(rest); next !== null; next = readFrame(rest)) {
      rest = rest.subarray(next.endsAt);
      frame(next.opcode, next.body);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    isOpen = false;
    onClose(code);
  });
  return { isOpen: () => isOpen, close: () => socket.destroy() };
}

/** The first frame of the bytes, which no server masks or splits here; null where it is not whole. */
function readFrame(bytes: Buffer): { opcode: number; body: Buffer; endsAt: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < headBytes) return null;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const endsAt = headBytes + length;
  if (bytes.length < endsAt) return null;
  return { opcode: (bytes[0] ?? 0) & 0x0f, body: bytes.subarray(headBytes, endsAt), endsAt };
}
