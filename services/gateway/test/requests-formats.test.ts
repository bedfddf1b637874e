import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Report, TenantPolicy, type Tlp } from '@sluice/contracts';
import { createSettings } from '@sluice/fleet/settings';
import { createJob, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { complete, reportSaying } from './planner.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

async function jobWithReport(tlp?: Tlp): Promise<string> {
  const jobId = await createJob(gateway.jobs, tlp === undefined ? {} : { tlp });
  await complete(gateway, reportSaying('word', jobId));
  return jobId;
}

const MISP = 'application/vnd.misp+json';
const read = (jobId: string, query = '', headers: Record<string, string> = {}) =>
  gateway.job(`/${jobId}/report${query}`, { headers });

describe('a report', () => {
  test.each([
    ['', 'application/json', 'application/json'],
    ['', '*/*', 'application/json'],
    ['', 'text/markdown', 'text/markdown'],
    ['', 'text/html', 'text/html'],
    ['', MISP, MISP],
    ['?format=json', MISP, 'application/json'],
    ['?format=markdown', 'image/png', 'text/markdown'],
    ['?format=html', '*/*', 'text/html'],
    ['?format=misp', 'application/json', MISP],
  ])('comes in the form that is named, else in that of Accept: %s %s', async (query, accept, type) => {
    const response = await read(await jobWithReport(), query, { accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    expect(response.headers.get('vary')).toContain('Accept');
    const text = await response.text();
    expect(text).toContain('word');
    if (type === 'application/json') Report.parse(JSON.parse(text));
    expect(response.headers.get('content-security-policy') !== null).toBe(type === 'text/html');
  });

  test('in another form than there are is 400 by name and 406 by Accept', async () => {
    const jobId = await jobWithReport();
    expect(await problemOf(await read(jobId, '?format=pdf'), gateway)).toMatchObject({ status: 400 });
    const refused = await read(jobId, '', { accept: 'image/png' });
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 406, code: 'not-acceptable' });
  });

  test('has an ETag of its own for each form, and is not sent again to who has it', async () => {
    const jobId = await jobWithReport();
    const tags = new Set<string>();
    // `fetch` by itself would ask past every cache.
    const held = (etag: string) => ({ 'if-none-match': etag, 'cache-control': 'max-age=0' });
    for (const format of ['json', 'markdown', 'html', 'misp']) {
      const etag = (await read(jobId, `?format=${format}`)).headers.get('etag') ?? '';
      tags.add(etag);
      expect((await read(jobId, `?format=${format}`, held(etag))).status).toBe(304);
    }
    expect(tags.size).toBe(4);
  });
});

describe('a MISP event', () => {
  const tagsOf = async (response: Response) => {
    const { Event } = (await response.json()) as { Event: { Tag: { name: string }[] } };
    return Event.Tag.map(({ name }) => name);
  };

  test("carries the mail's TLP, else the one that the tenant has for its mails", async () => {
    expect(await tagsOf(await read(await jobWithReport('red'), '?format=misp'))).toContain('tlp:red');
    const jobId = await jobWithReport();
    const before = await read(jobId, '?format=misp');
    expect(await tagsOf(before)).toContain('tlp:amber');
    const settings = createSettings({ redis: gateway.redis, onError: () => undefined });
    const policy = TenantPolicy.parse({ v: 1, tenant: 'default', name: 'x', defaultTlp: 'green' });
    await gateway.records.tenants.put(policy, 1);
    await settings.putTenant(policy);
    settings.stop();
    let after = await read(jobId, '?format=misp');
    // The gateway hears of it within a second.
    while (after.headers.get('etag') === before.headers.get('etag')) after = await read(jobId, '?format=misp');
    expect(await tagsOf(after)).toContain('tlp:green');
  });
});
