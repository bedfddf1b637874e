import { once } from 'node:events';
import { connect } from 'node:net';

/** A conversation with an SMTP server. */
export interface Dialog {
  /** Says a line; the reply's last line. */
  say(line: string): Promise<string>;
  /** Up to `RCPT`; its reply. */
  offer(recipient: string): Promise<string>;
  /** One whole mail to one recipient; the first reply that refuses, or that of the mail. */
  send(recipient: string, body: string): Promise<string>;
  end(): Promise<void>;
}

export async function openDialog(port: number): Promise<Dialog> {
  const socket = connect(port, '127.0.0.1');
  const lines: string[] = [];
  let rest = '';
  let wake = () => undefined as void;
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (part: string) => {
    const all = (rest + part).split('\r\n');
    rest = all.pop() ?? '';
    lines.push(...all);
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  await once(socket, 'connect');

  async function reply(): Promise<string> {
    for (;;) {
      const at = lines.findIndex((line) => /^\d{3} /.test(line));
      if (at >= 0) return lines.splice(0, at + 1).at(-1) ?? '';
      if (isClosed) throw new Error('the server has closed the connection');
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  const say = (line: string) => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  await reply();
  await say('EHLO mail.sender.example');

  async function offer(recipient: string): Promise<string> {
    await say('RSET');
    await say('MAIL FROM:<someone@sender.example>');
    return say(`RCPT TO:<${recipient}>`);
  }

  return {
    say,
    offer,
    async send(recipient, body) {
      const offered = await offer(recipient);
      if (!offered.startsWith('250')) return offered;
      await say('DATA');
      return say(`From: someone@sender.example\r\nTo: ${recipient}\r\nSubject: ${body}\r\n\r\n${body}\r\n.`);
    },
    async end() {
      await say('QUIT').catch(() => undefined);
      socket.destroy();
    },
  };
}
