import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditPage, MailAddressPage, MailAddressView } from '@sluice/contracts';
import { problemOf, startGateway, type TestGateway } from './gateways.ts';

let gateway: TestGateway;
let acme: string;
let rival: string;
beforeAll(async () => {
  gateway = await startGateway();
  acme = await gateway.addKey('acme', 'admin');
  rival = await gateway.addKey('rival', 'admin');
});
afterAll(() => gateway.clear());

function call(method: string, path: string, body?: unknown, key = gateway.key): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return gateway.call(`/api/admin/addresses${path}`, init);
}
const at = (address: string) => `/${encodeURIComponent(address)}`;

async function refused(response: Response): Promise<[number, string]> {
  const { status, code } = await problemOf(response, gateway);
  return [status, code];
}

describe('addresses', () => {
  test('are entered in their normal form, shown, shut, listed by address and removed, and the audit has it', async () => {
    const created = await call('POST', '', { address: 'Ann@BÜCHER.example', note: 'Ann', tenant: 'acme' });
    expect(created.status).toBe(201);
    const shown = MailAddressView.parse(await created.json());
    const address = 'ann@xn--bcher-kva.example';
    expect(shown).toMatchObject({ address, tenant: 'acme', isActive: true, note: 'Ann' });
    expect(MailAddressView.parse(await (await call('GET', at('ANN@bücher.example'))).json())).toEqual(shown);
    const shut = MailAddressView.parse(await (await call('PUT', at(address), { isActive: false })).json());
    expect(shut).toMatchObject({ isActive: false, note: null, createdMs: shown.createdMs });
    expect((await call('DELETE', at(address))).status).toBe(204);
    expect(await refused(await call('DELETE', at(address)))).toEqual([404, 'address-not-found']);
    const audit = AuditPage.parse(await (await gateway.call(`/api/admin/audit?target=${address}`)).json());
    const actions = audit.items.map(({ action, tenant }) => [action, tenant]);
    expect(actions).toEqual(['remove', 'replace', 'create'].map((deed) => [`address.${deed}`, 'acme']));
  });

  test('come in pages', async () => {
    for (const name of ['c', 'a', 'b']) await call('POST', '', { address: `${name}@paged.example`, tenant: 'acme' });
    const all: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const query = `?tenant=acme&limit=2${next === '' ? '' : `&cursor=${next}`}`;
      const page = MailAddressPage.parse(await (await call('GET', query)).json());
      all.push(...page.items.map(({ address }) => address));
      ({ next } = page);
    }
    expect(all).toEqual(['a@paged.example', 'b@paged.example', 'c@paged.example']);
  });

  test.each([['nobody'], ['a@'], ['a@b c'], ['@'], ['@a..b'], ['a\nb@c.example'], [''], ['x'.repeat(400)]])(
    'that are none are refused: %j',
    async (address) => {
      const [status] = await refused(await call('POST', '', { address }));
      expect([400, 422]).toContain(status);
    },
  );

  test('are entered once, and not for a tenant that there is not', async () => {
    await call('POST', '', { address: 'once@acme.example', tenant: 'acme' });
    expect(await refused(await call('POST', '', { address: 'ONCE@acme.example', tenant: 'acme' }))).toEqual([
      409,
      'address-exists',
    ]);
    expect(await refused(await call('POST', '', { address: 'x@y.example', tenant: 'nobody' }))).toEqual([
      404,
      'tenant-not-found',
    ]);
  });
});

describe('an admin of a tenant', () => {
  test('has the own addresses, and those of others are not there', async () => {
    expect((await call('POST', '', { address: 'own@mine.example' }, acme)).status).toBe(201);
    expect(await refused(await call('GET', at('own@mine.example'), undefined, rival))).toEqual([
      404,
      'address-not-found',
    ]);
    expect(await refused(await call('PUT', at('own@mine.example'), {}, rival))).toEqual([404, 'address-not-found']);
    expect(await refused(await call('DELETE', at('own@mine.example'), undefined, rival))).toEqual([
      404,
      'address-not-found',
    ]);
    const listed = MailAddressPage.parse(await (await call('GET', '', undefined, rival)).json());
    expect(listed.items).toEqual([]);
    expect(await refused(await call('GET', '?tenant=acme', undefined, rival))).toEqual([403, 'foreign-tenant']);
    expect(await refused(await call('POST', '', { address: 'x@x.example', tenant: 'acme' }, rival))).toEqual([
      403,
      'foreign-tenant',
    ]);
    expect((await call('PUT', at('own@mine.example'), { isActive: false }, acme)).status).toBe(200);
    expect((await call('DELETE', at('own@mine.example'), undefined, acme)).status).toBe(204);
  });

  test('takes neither a whole domain nor an address of a domain that is another one’s', async () => {
    expect((await call('POST', '', { address: '@domain.example', tenant: 'acme' })).status).toBe(201);
    expect(await refused(await call('POST', '', { address: '@free.example' }, rival))).toEqual([403, 'forbidden']);
    expect(await refused(await call('POST', '', { address: 'boss@domain.example' }, rival))).toEqual([
      403,
      'foreign-domain',
    ]);
    expect((await call('POST', '', { address: 'boss@domain.example' }, acme)).status).toBe(201);
    expect(await refused(await call('PUT', at('@domain.example'), { isActive: false }, acme))).toEqual([
      403,
      'forbidden',
    ]);
    expect(await refused(await call('DELETE', at('@domain.example'), undefined, acme))).toEqual([403, 'forbidden']);
  });

  test('is an admin: other roles have nothing here', async () => {
    const analyst = await gateway.addKey('acme', 'analyst');
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', at('a@a.example')],
      ['DELETE', at('a@a.example')],
    ]) {
      const body = method === 'POST' ? {} : undefined;
      expect(await refused(await call(method ?? '', path ?? '', body, analyst))).toEqual([403, 'forbidden']);
    }
  });
});

test('of two who enter an address at the same time, one has it', async () => {
  const answers = await Promise.all(
    [acme, rival, acme, rival].map((key) => call('POST', '', { address: 'race@race.example' }, key)),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
});
