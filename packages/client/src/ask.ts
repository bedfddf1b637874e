import { SluiceError } from '@sluice/contracts';
import { badAnswer } from './problems.ts';
import type { Call, Transport } from './transport.ts';

interface Contract<T> {
  parse(value: unknown): T;
}

/** What may be sent where a contract is read: what has a default may be left out. */
export type Sent<Schema extends { _zod: { input: unknown } }> = Schema['_zod']['input'];

/** Ways to ask the fleet; each throws what the transport throws. */
export interface Asker {
  /** The answer, parsed by its contract. Throws `bad-answer` where it breaks it. */
  ask<T>(contract: Contract<T>, call: Call): Promise<T>;
  /** The same, where the answer's status says which contract it has. */
  askByStatus<T>(contracts: Readonly<Record<number, Contract<T>>>, call: Call): Promise<T>;
  /** The answer as text. */
  text(call: Call): Promise<string>;
  bytes(call: Call): Promise<Uint8Array>;
  /** What is answered with nothing. */
  tell(call: Call): Promise<void>;
  /** The lines of a long answer as they come, each parsed by its contract. It is begun anew by nobody: what breaks off throws `unreachable`. */
  lines<T>(contract: Contract<T>, call: Call): AsyncGenerator<T, void>;
}

export function createAsker(send: Transport): Asker {
  return {
    ask: async (contract, call) =>
      parse(contract, await send(accepting('application/json', call), (response) => response.text())),
    async askByStatus(contracts, call) {
      const read = async (response: Response) => ({ status: response.status, body: await response.text() });
      const { status, body } = await send(accepting('application/json', call), read);
      const contract = contracts[status];
      if (contract === undefined) throw badAnswer(null);
      return parse(contract, body);
    },
    text: (call) => send(call, (response) => response.text()),
    bytes: (call) => send(call, async (response) => new Uint8Array(await response.arrayBuffer())),
    tell: async (call) => {
      await send(call, (response) => response.arrayBuffer());
    },
    async *lines(contract, call) {
      const body = await send({ ...call, isStream: true }, (response) => Promise.resolve(response.body));
      if (body === null) return;
      for await (const line of linesOf(body, call.signal)) yield parse(contract, line);
    },
  };
}

function accepting(type: string, call: Call): Call {
  return { ...call, headers: { accept: type, ...call.headers } };
}

function parse<T>(contract: Contract<T>, text: string): T {
  try {
    return contract.parse(JSON.parse(text));
  } catch (error) {
    throw badAnswer(error);
  }
}

async function* linesOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const parts = (rest + decoder.decode(next.value, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line !== '');
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SluiceError) throw error;
    throw brokenOff(error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  // Every line has its end: half a one is the sign of a connection that was lost.
  if (rest !== '') throw brokenOff(null);
}

function brokenOff(cause: unknown): SluiceError {
  return new SluiceError('unreachable', 'The answer broke off.', { disposition: 'retry', httpStatus: 503, cause });
}
