import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AuditPage, PolicyAnswer, Switches, SWITCHES, type SwitchUpdate } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { register } from 'prom-client';
import { MAIL, problemOf, startGateway, type TestGateway } from './gateways.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway(undefined, { env: { INGEST_ENABLED: 'true' } });
});
afterAll(() => gateway.clear());

async function turn(order: SwitchUpdate): Promise<Switches> {
  const headers = { 'content-type': 'application/json' };
  const response = await gateway.call('/api/admin/switches', { method: 'PUT', headers, body: JSON.stringify(order) });
  return Switches.parse(await response.json());
}

const post = (path: string, type: string, body: string, headers: Record<string, string> = {}) =>
  gateway.call(path, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
const mail = (key?: string) =>
  post('/api/pipeline/jobs', 'message/rfc822', MAIL, key === undefined ? {} : { 'idempotency-key': key });

test('a pipeline that is switched off takes nothing new, by no door, and says so; the others go on', async () => {
  const before = (await (await mail('k')).json()) as { jobId: string };
  await turn({ name: 'email-scan', isOn: false, reason: 'We move house: secret-reason.' });
  const mbox = `From a@b.test Thu Jan  1 00:00:00 1970\n${MAIL}`;
  const refused = [
    await mail(),
    await post('/ingest', 'message/rfc822', MAIL),
    await post('/api/pipeline/requests', 'application/mbox', mbox),
    await post('/api/pipeline/scan', 'message/rfc822', MAIL),
  ];
  for (const response of refused) {
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(1);
    const problem = await problemOf(response, gateway);
    expect(problem).toMatchObject({ status: 503, code: 'pipeline-off' });
    expect(JSON.stringify(problem)).not.toContain('secret-reason');
  }
  const policyOf = async (recipient: string) =>
    PolicyAnswer.parse(await (await gateway.call(`/api/policy?recipient=${recipient}`)).json());
  await post('/api/admin/addresses', 'application/json', '{"address":"ann@acme.example"}');
  const { verdict, reason, action } = await policyOf('ann@acme.example');
  expect([verdict, reason]).toEqual(['defer', 'intake-off']);
  expect(action).toMatch(/^DEFER_IF_PERMIT 4\.3\.2 /);
  expect((await policyOf('eve@acme.example')).verdict).toBe('reject');
  // What was taken in before is known under its key, and is the same job.
  expect(await (await mail('k')).json()).toMatchObject({ jobId: before.jobId });
  expect((await post('/api/pipeline/jobs', 'application/json', '{"ip":"192.0.2.1"}')).status).toBe(202);
  await turn({ name: 'email-scan', isOn: true });
  expect((await mail()).status).toBe(202);
  expect((await policyOf('ann@acme.example')).verdict).toBe('accept');
});

test('who switched what off, when and why is kept: in the list, the audit, the record and the metrics', async () => {
  const all = await turn({ name: 'shodan', isOn: false, reason: 'It is wrong.' });
  expect(all.switches.map(({ name }) => name)).toEqual([...SWITCHES]);
  const off = { reason: 'It is wrong.', sinceMs: expect.any(Number), by: 'admin' };
  expect(all.switches.filter((one) => one.off !== null)).toEqual([{ kind: 'provider', name: 'shodan', off }]);
  expect(await (await gateway.call('/api/admin/switches')).json()).toEqual(all);
  expect(await gateway.records.switches.list()).toEqual(new Map([['shodan', off]]));
  const gauge = () => register.getSingleMetricAsString('sluice_switched_off');
  await eventually(async () => expect(await gauge()).toContain('{kind="provider",name="shodan"} 1'));
  await turn({ name: 'shodan', isOn: true });
  await eventually(async () => expect(await gauge()).toContain('{kind="provider",name="shodan"} 0'));
  const audit = AuditPage.parse(await (await gateway.call('/api/admin/audit?target=shodan')).json());
  expect(audit.items.map(({ action, actor, detail }) => ({ action, actor, detail }))).toEqual([
    { action: 'switch.on', actor: 'admin', detail: {} },
    { action: 'switch.off', actor: 'admin', detail: { reason: 'It is wrong.' } },
  ]);
});
