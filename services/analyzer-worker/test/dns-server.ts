import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type DnsServer = {
  /** `127.0.0.1:port`. */
  address: string;
  /** Names that were asked about so far, with their type: `16 example.com`. */
  asked: string[];
  stop: () => Promise<void>;
};

const TXT = 16;
const NO_SUCH_NAME = 3;

/**
 * A name server on loopback that knows these TXT records and nothing else.
 *
 * @param isSilentAbout questions that it never answers
 */
export async function startDnsServer(
  zone: Readonly<Record<string, string>>,
  isSilentAbout: (name: string) => boolean = () => false,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(`${type} ${name}`);
    if (!isSilentAbout(name)) {
      socket.send(answerTo(query.subarray(0, end), type === TXT ? zone[name] : undefined), from.port, from.address);
    }
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, asked, stop: () => stop(socket) };
}

async function stop(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/** RFC 1035 section 4.1.2: labels with their lengths, then type and class. */
function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(question: Buffer, text: string | undefined): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(text === undefined ? 0x8180 | NO_SUCH_NAME : 0x8180, 2);
  head.writeUInt16BE(text === undefined ? 0 : 1, 6);
  head.fill(0, 8, 12);
  return text === undefined ? head : Buffer.concat([head, txtRecord(text)]);
}

/** The name is a pointer to the question's; the text is in pieces of at most 255 bytes. */
function txtRecord(text: string): Buffer {
  const pieces = text.match(/.{1,255}/g) ?? [];
  const data = Buffer.concat(
    pieces.map((piece) => Buffer.from(`${String.fromCharCode(piece.length)}${piece}`, 'latin1')),
  );
  const record = Buffer.from([0xc0, 12, 0, TXT, 0, 1, 0, 0, 0, 60, 0, 0]);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}
