import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

/** An answer that takes longer never comes. */
const PATIENCE_MS = 10_000;

/** Asks about one recipient and resolves with the answer's text. */
export interface Asker {
  ask(recipient: string): Promise<string>;
  close(): void;
}

/** One connection of Postfix: it asks, waits for the answer, and asks again. */
export async function openPolicyAsker(port: number): Promise<Asker> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | undefined;
  let said = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    if (!said.endsWith('\n\n')) return;
    waiting?.resolve(said);
    said = '';
  });
  socket.on('error', () => undefined);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on('close', () => waiting?.reject(new Error('the policy service has closed the connection, or is silent')));
  return {
    ask: (recipient) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(requestFor(recipient));
      }),
    close: () => void socket.destroy(),
  };
}

/** What Postfix 3.7 sends at RCPT, about as long. */
function requestFor(recipient: string): string {
  return [
    'request=smtpd_access_policy',
    'protocol_state=RCPT',
    'protocol_name=ESMTP',
    'helo_name=mail.sender.example',
    'queue_id=',
    'sender=someone@sender.example',
    `recipient=${recipient}`,
    'recipient_count=0',
    'client_address=192.0.2.7',
    'client_name=mail.sender.example',
    'reverse_client_name=mail.sender.example',
    'instance=4d3.65a1b2c3.0.0',
    'sasl_method=',
    'sasl_username=',
    'size=10240',
    'encryption_protocol=TLSv1.3',
    'encryption_cipher=TLS_AES_256_GCM_SHA384',
    'encryption_keysize=256',
    'stress=',
    'client_port=51234',
    'server_port=25',
    '',
    '',
  ].join('\n');
}

/** One connection of HTTP that is kept open. */
export async function openHttpAsker(url: string, apiKey: string): Promise<Asker> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${apiKey}` };
  return {
    ask: (recipient) =>
      new Promise((resolve, reject) => {
        const path = `${url}/api/policy?recipient=${encodeURIComponent(recipient)}`;
        const asked = request(path, { agent, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve(text));
        });
        asked.on('error', reject);
        asked.setTimeout(PATIENCE_MS, () => asked.destroy(new Error('the gateway is silent')));
        asked.end();
      }),
    close: () => agent.destroy(),
  };
}

export interface Pace {
  perSecond: number;
  /** Of each answer, in ms. */
  latenciesMs: number[];
}

/** Every asker asks, one question after the other, until the time is over; `next` gives the recipients. Throws where an answer is not the one wanted. */
export async function pace(askers: Asker[], next: () => string, wanted: RegExp, ms: number): Promise<Pace> {
  const latenciesMs: number[] = [];
  const beganMs = performance.now();
  await Promise.all(
    askers.map(async (asker) => {
      for (;;) {
        const askedMs = performance.now();
        if (askedMs - beganMs >= ms) return;
        const recipient = next();
        const answer = await asker.ask(recipient);
        if (!wanted.test(answer)) throw new Error(`${recipient}: ${answer}`);
        latenciesMs.push(performance.now() - askedMs);
      }
    }),
  );
  return { perSecond: latenciesMs.length / ((performance.now() - beganMs) / 1_000), latenciesMs };
}
