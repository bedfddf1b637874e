import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';
import { buildMail, eventually } from '@sluice/testkit';
import type { Page } from 'playwright-core';
import { GOOD, PHISH, richMail } from './page-mails.ts';
import { multiply, type World } from './page-world.ts';

/** Where the tour leaves its pictures; the best of them stand in docs/screenshots. */
const PICTURES = join(REPOSITORY, '.cache/page');

/** A stop of the tour. */
export interface Stop {
  name: string;
  path: string;
  /** What is done there before it is looked at. */
  before?: (page: Page) => Promise<void>;
  /** Only what is in the window is on its picture. */
  isEndless?: boolean;
}

/** A task that came to nothing: asked about the address, Shodan was down. */
export async function makeLetter({ client, providers }: World, subject: string, address: string): Promise<string> {
  providers.shodan.behave('down');
  const headers = {
    Received: `from a.example.com (unknown [${address}]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`,
  };
  const { jobId } = await client.submitMail(buildMail({ subject, text: 'See you.', headers }));
  await client.wait(jobId);
  await eventually(async () => (await client.admin.deadLetters.page({ jobId })).items.length > 0, 60_000);
  providers.shodan.behave('well');
  return jobId;
}

/** Fills the fleet so that no page is empty, and says where to look. */
export async function furnish(world: World): Promise<Stop[]> {
  const { client, site, fleet } = world;
  await client.admin.tenants.create({ tenant: 'acme', name: 'Acme Works' }).catch(() => undefined);
  await client.admin.keys.create({ name: 'mail gateway of Acme', role: 'submitter', tenant: 'acme' });
  await client.admin.addresses
    .create({ address: 'report@office.example', note: 'the report button' })
    .catch(() => undefined);
  // Told of nothing that happens here: its address leads nowhere.
  const hook = {
    url: 'https://soc.office.example/hooks/sluice',
    name: 'SOC',
    events: ['verdict', 'report.amended'] as const,
  };
  await client.webhooks.create({ ...hook, events: [...hook.events], isActive: false });
  const { jobId } = await client.submitMail(richMail(site.origin));
  await client.wait(jobId);
  const batch = await client.requests.submit(
    { mails: [PHISH, GOOD, PHISH, GOOD].map((mail, at) => ({ name: `reported-${at + 1}.eml`, mail })) },
    { name: 'Reported on Monday' },
  );
  const good = await client.submitMail(GOOD);
  await client.wait(good.jobId);
  await makeLetter(world, 'Minutes of the meeting', '8.8.66.1');
  const amended = await makeLetter(world, 'A late answer', '8.8.66.2');
  await client.retry(amended);
  await eventually(async () => (await client.status(amended)).revision > 1, 60_000);
  await eventually(async () => (await client.jobs.page({ text: 'parcel' })).items.length > 0, 60_000);
  await client.feedback.give(good.jobId, {
    verdict: 'suspicious',
    category: 'scam',
    note: 'Ann has left the company in May.',
  });
  const again = await client.submitMail(GOOD);
  await client.wait(again.jobId);
  await client.admin.judgement.set(SAY);
  const moved = await client.submitMail(GOOD);
  await client.wait(moved.jobId);
  await client.admin.switches.off('shodan', 'its answers are wrong since noon');
  await Promise.all([multiply(fleet, good.jobId, 260), multiply(fleet, jobId, 40)]);
  return stopsOf({ job: jobId, amended, batch: batch.requestId, corrected: again.jobId, moved: moved.jobId });
}

/** Something of everything that an operator can say. */
const SAY: Parameters<World['client']['admin']['judgement']['set']>[0] = {
  block: [
    { kind: 'domain', value: 'parcel-desk.example', category: 'phishing', note: 'The wave of November' },
    { kind: 'hash', value: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
  ],
  allow: [
    { kind: 'address', value: 'newsletter@garden-club.example', note: 'Marketing wants it', unauthenticated: true },
  ],
  trustedSenders: [{ kind: 'domain', value: 'payroll.example' }],
  brands: [{ name: 'Office Works', domains: ['office.example', 'office-works.example'] }],
  ownDomains: ['office.example'],
  weights: { 'sender.reply-elsewhere': 5 },
  rules: [
    {
      id: 'lunch',
      title: 'Somebody asks for lunch',
      explanation: 'This month such mails are a trick.',
      category: 'scam',
      weight: 45,
      when: {
        all: [{ field: 'text', is: 'contains', value: 'lunch' }],
        any: [
          { field: 'subject', is: 'starts', value: 'Tulips' },
          { field: 'header:x-mailer', is: 'matches', value: 'bulk ?master', not: true },
        ],
      },
    },
  ],
};

type Seen = Record<'job' | 'amended' | 'batch' | 'corrected' | 'moved', string>;

function stopsOf({ job, amended, batch, corrected, moved }: Seen): Stop[] {
  const openPipeline = async (page: Page) => {
    const trigger = page.getByRole('button', { name: /^Pipeline/ });
    if ((await trigger.getAttribute('aria-expanded')) === 'false') await trigger.click();
  };
  return [
    { name: 'submit', path: '/' },
    { name: 'jobs', path: '/jobs', isEndless: true },
    { name: 'batches', path: '/batches' },
    { name: 'batch', path: `/jobs?batch=${batch}` },
    { name: 'nothing-found', path: '/jobs?text=nowhere&domain=a.example' },
    { name: 'job', path: `/jobs/${job}`, before: openPipeline },
    { name: 'job-mail', path: `/jobs/${job}/mail` },
    { name: 'job-links', path: `/jobs/${job}/links` },
    { name: 'job-answers', path: `/jobs/${job}/answers` },
    { name: 'job-indicators', path: `/jobs/${job}/indicators` },
    { name: 'job-run', path: `/jobs/${job}/run` },
    {
      name: 'job-source',
      path: `/jobs/${job}/source`,
      before: (page) => page.getByRole('button', { name: 'Show the source' }).click(),
    },
    { name: 'job-amended', path: `/jobs/${amended}` },
    { name: 'job-revision', path: `/jobs/${amended}?revision=1` },
    { name: 'job-corrected', path: `/jobs/${corrected}` },
    {
      name: 'job-correct',
      path: `/jobs/${corrected}`,
      before: (page) => page.getByRole('button', { name: 'This verdict is wrong' }).click(),
    },
    { name: 'job-moved', path: `/jobs/${moved}` },
    { name: 'fleet', path: '/fleet' },
    { name: 'dead-letters', path: '/dead-letters' },
    {
      name: 'dead-letter',
      path: '/dead-letters',
      before: (page) => page.getByRole('button', { name: 'provider.lookup' }).first().click(),
    },
    { name: 'admin-keys', path: '/admin' },
    { name: 'admin-tenants', path: '/admin/tenants' },
    {
      name: 'admin-tenant',
      path: '/admin/tenants',
      before: (page) => page.getByRole('button', { name: 'Edit Acme Works' }).click(),
    },
    { name: 'admin-judgement', path: '/admin/judgement' },
    {
      name: 'admin-rule',
      path: '/admin/judgement',
      before: (page) => page.getByRole('button', { name: 'Edit Somebody asks for lunch' }).click(),
    },
    {
      name: 'admin-trial',
      path: '/admin/judgement',
      async before(page) {
        await page.getByRole('button', { name: 'Try it on past mails' }).click();
        await page.getByRole('button', { name: 'Try it', exact: true }).click();
        await page.getByText(/judged again:/).waitFor();
      },
    },
    { name: 'admin-switches', path: '/admin/switches' },
    { name: 'admin-addresses', path: '/admin/addresses' },
    { name: 'admin-webhooks', path: '/admin/webhooks' },
    { name: 'admin-quotas', path: '/admin/quotas' },
    { name: 'admin-cache', path: '/admin/cache' },
    { name: 'admin-audit', path: '/admin/audit' },
    { name: 'other-tenant', path: '/jobs?tenant=acme' },
    { name: 'nowhere', path: '/nowhere' },
  ];
}

/** Goes to a stop and waits until it has come to rest. */
export async function visit(page: Page, url: string, { path, before }: Stop): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page
    .getByRole('status')
    .filter({ hasText: /^(Reading|Looking|Opening|Asking|Drawing)/ })
    .first()
    .waitFor({ state: 'detached' });
  await before?.(page);
  await page.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => undefined);
}

/** What the README shows: a picture of the window alone, so that it stays small. */
export async function takeShowcase(page: Page, { name }: Stop): Promise<number> {
  await mkdir(PICTURES, { recursive: true });
  const picture = await page.screenshot({ path: join(PICTURES, `docs-${name}.png`), animations: 'disabled' });
  return picture.length;
}

/** `suffix` tells the look and the width apart. */
export async function takePicture(page: Page, { name, isEndless = false }: Stop, suffix: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  const path = join(PICTURES, `${name}-${suffix}.png`);
  await page.screenshot({ path, fullPage: !isEndless, animations: 'disabled' });
}
