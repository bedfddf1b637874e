import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Provider, SluiceError } from '@sluice/contracts';
import { createLogger } from '@sluice/fleet/service';
import { freePort, type SimulatedProviders, type SimulatorMode } from '@sluice/testkit';
import { register } from 'prom-client';
import { asker, type House, startHouse } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(() => house.tidy());
afterAll(() => house.stop());

const QUESTIONS = {
  virustotal: { kind: 'url', value: 'https://evil.example/private?token=abc' },
  abuseipdb: { kind: 'ip', value: '192.0.2.66' },
  urlscan: { kind: 'url', value: 'https://evil.example/private?token=abc' },
  shodan: { kind: 'ip', value: '192.0.2.66' },
} as const;
const ASKED = Object.keys(QUESTIONS) as (keyof typeof QUESTIONS)[];
const standings = Object.fromEntries(ASKED.map((provider) => [QUESTIONS[provider].value, 'malicious' as const]));

async function faultOf(work: Promise<unknown>): Promise<SluiceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SluiceError);
  return error as SluiceError;
}

/** Everything that a log, a dead letter or a debugger could show of an error. */
function shown(error: Error): string {
  return [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), logged(error)].join('\n');
}

function logged(error: Error): string {
  const logger = createLogger('test', 'test', 'info');
  const lines: string[] = [];
  for (const transport of logger.transports) {
    transport.log = (entry: unknown, next: () => void) => {
      lines.push(inspect(entry, { depth: 9 }));
      next();
    };
  }
  logger.error('failed', { error });
  expect(lines).toHaveLength(1);
  return lines.join('\n');
}

const keysOf = ({ env }: SimulatedProviders) =>
  Object.entries(env).flatMap(([name, value]) => (name.endsWith('_KEY') ? [value] : []));

describe.each(ASKED)('%s', (provider) => {
  const question = QUESTIONS[provider];

  async function failed(mode: SimulatorMode, env: Record<string, string> = {}): Promise<SluiceError> {
    const simulated = await house.simulate({ standings });
    simulated[provider].behave(mode, { delayMs: 60_000, retryAfterSeconds: 40 });
    const providers = house.open({ ...simulated.env, ...env });
    const error = await faultOf(providers.lookup(provider, question, asker()));
    for (const secret of [...keysOf(simulated), ...Object.values(env), 'token=abc', 'private']) {
      if (secret.length > 3) expect(shown(error)).not.toContain(secret);
    }
    return error;
  }

  test('that resets the connection is unreachable, and may be asked again', async () => {
    expect(await failed('down')).toMatchObject({ code: 'provider-unreachable', disposition: 'retry' });
  });

  test('that is slower than the time limit is cut', async () => {
    const error = await failed('slow', { [`${provider.toUpperCase()}_TIMEOUT_SECONDS`]: '1' });
    expect(error).toMatchObject({ code: 'call-timeout', disposition: 'retry' });
  });

  test('that refuses is asked again when it said', async () => {
    const startMs = Date.now();
    const error = await failed('refusing');
    expect(error).toMatchObject({ code: 'provider-refused', disposition: 'retry-at' });
    expect(error.retryAtMs).toBeGreaterThanOrEqual(startMs + 40_000);
    expect(error.retryAtMs).toBeLessThanOrEqual(Date.now() + 40_000);
  });

  test('that answers with a page, broken JSON or another shape is malformed each time', async () => {
    const simulated = await house.simulate({ standings });
    simulated[provider].behave('rubbish');
    const providers = house.open(simulated.env);
    for (let kind = 0; kind < 3; kind++) {
      const error = await faultOf(providers.lookup(provider, question, asker()));
      expect(error).toMatchObject({ code: 'provider-malformed', disposition: 'retry' });
    }
    expect(simulated[provider].calls()).toHaveLength(3);
    expect(await callsCounted(provider, 'malformed')).toBeGreaterThanOrEqual(3);
  });

  test('that does not know the key is given up, and the message names the setting, not the key', async () => {
    const key = `${provider.toUpperCase()}_API_KEY`;
    const error = await failed('well', { [key]: 'wrong-key-987654321' });
    expect(error).toMatchObject({ code: 'provider-key', disposition: 'give-up' });
    expect(error.message).toContain(key);
  });

  test('that cannot be connected to is unreachable, and its URL stays untold', async () => {
    const name = provider.toUpperCase();
    const url = `http://127.0.0.1:${await freePort()}`;
    const providers = house.open({ [`${name}_API_KEY`]: 'key-to-nowhere', [`${name}_BASE_URL`]: url });
    const error = await faultOf(providers.lookup(provider, question, asker()));
    expect(error).toMatchObject({ code: 'provider-unreachable', disposition: 'retry' });
    for (const secret of ['key-to-nowhere', '192.0.2.66', 'evil.example']) expect(shown(error)).not.toContain(secret);
  });

  test('without a key is not asked', async () => {
    const error = await faultOf(house.open({}).lookup(provider, question, asker()));
    expect(error).toMatchObject({ code: 'provider-not-asked', disposition: 'give-up' });
  });

  test('that is switched off is not asked', async () => {
    const simulated = await house.simulate({ standings });
    const providers = house.open({ ...simulated.env, [`${provider.toUpperCase()}_LOOKUP`]: 'off' });
    expect((await faultOf(providers.lookup(provider, question, asker()))).code).toBe('provider-not-asked');
    expect(providers.fleet.notAsked.map((one) => one.provider)).toEqual([provider]);
    expect(simulated[provider].calls()).toEqual([]);
  });
});

async function callsCounted(provider: Provider, outcome: string): Promise<number> {
  const metric = await register.getSingleMetric('sluice_provider_calls_total')?.get();
  return metric?.values.find(({ labels }) => labels.provider === provider && labels.outcome === outcome)?.value ?? 0;
}

/** A vendor that says whatever the test wants. */
function vendor(reply: () => Response | Promise<Response>): { fetch: typeof fetch; asked: RequestInit[] } {
  const asked: RequestInit[] = [];
  return {
    asked,
    fetch: async (_url, init) => {
      asked.push(init ?? {});
      return reply();
    },
  };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

describe('what vendors document of errors', () => {
  const virusTotal = (status: number, code: string) => () => json(status, { error: { code, message: 'x' } });
  test.each([
    ['virustotal', 429, virusTotal(429, 'QuotaExceededError'), 'provider-refused', 'retry-at'],
    ['virustotal', 429, virusTotal(429, 'TooManyRequestsError'), 'provider-refused', 'retry-at'],
    ['virustotal', 403, virusTotal(403, 'ForbiddenError'), 'provider-key', 'give-up'],
    ['virustotal', 400, virusTotal(400, 'InvalidArgumentError'), 'provider-rejected', 'give-up'],
    ['virustotal', 400, virusTotal(400, 'NotAvailableYet'), 'provider-unreachable', 'retry'],
    ['virustotal', 503, virusTotal(503, 'TransientError'), 'provider-unreachable', 'retry'],
    ['abuseipdb', 422, () => json(422, { errors: [{ detail: 'x', status: 422 }] }), 'provider-rejected', 'give-up'],
    ['shodan', 502, () => new Response('<html>', { status: 502 }), 'provider-unreachable', 'retry'],
    ['shodan', 204, () => new Response(null, { status: 204 }), 'provider-malformed', 'retry'],
  ] as const)('%s %i', async (provider, _status, reply, code, disposition) => {
    const { fetch } = vendor(reply);
    const name = provider.toUpperCase();
    const key = `k-${code}-${Math.random()}`;
    const providers = house.open({ [`${name}_API_KEY`]: key }, { fetch });
    const value = '192.0.2.77';
    const error = await faultOf(providers.lookup(provider, { kind: 'ip', value }, asker()));
    expect(error).toMatchObject({ code, disposition });
  });

  test('a body without end is not read to its end, and a redirect is refused', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const { fetch, asked } = vendor(() => new Response(endless, { headers: { 'content-type': 'application/json' } }));
    const providers = house.open({ VIRUSTOTAL_API_KEY: `k-${Math.random()}` }, { fetch });
    const error = await faultOf(providers.lookup('virustotal', { kind: 'ip', value: '192.0.2.78' }, asker()));
    expect(error).toMatchObject({ code: 'provider-too-large', disposition: 'give-up' });
    expect(sent).toBeLessThan(3_000_000);
    expect(asked[0]?.redirect).toBe('error');
  });
});
