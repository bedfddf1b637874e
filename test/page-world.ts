import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Fleet, REPOSITORY } from '@sluice/supervisor';
import { type HostileSite, type SimulatedProviders, startHostileSite, startProviders } from '@sluice/testkit';
import type { Client } from '@sluice/client';
import type { Browser } from 'playwright-core';
import { openBrowser, signIn, type Visitor } from './browser.ts';
import { clientOf, makeFolder, removeFolder, startHouse } from './fleets.ts';

/** A busy machine needs it. */
export const SOON_MS = 60_000;
const PROVIDERS = ['virustotal', 'abuseipdb', 'urlscan', 'shodan', 'gemini'] as const;

/** A fleet that people look at: providers that answer at once, and a site that phishes. */
export interface World {
  fleet: Fleet;
  client: Client;
  key: string;
  providers: SimulatedProviders;
  site: HostileSite;
  browser: Browser;
  /** Somebody who is signed in, by the operator's key where no other one is named. */
  enter(more?: Partial<Parameters<typeof signIn>[0]>): Promise<Visitor>;
  stop(): Promise<void>;
}

/** The page has to be built before: `npm run test:page` does that. */
export async function startWorld(): Promise<World> {
  const freely = Object.fromEntries(PROVIDERS.map((name) => [name, { limits: [] }]));
  const [dataDir, providers, site] = await Promise.all([makeFolder(), startProviders(freely), startHostileSite()]);
  const quotas = Object.fromEntries(PROVIDERS.map((name) => [`${name.toUpperCase()}_QUOTA`, '1000/s']));
  // Of links only the site's are opened, and nothing is tried again by itself before a person asks for it.
  const quiet = { SANDBOX_ALLOW_PRIVATE: site.address, MAIL_AUTH_DNS: 'off', RETRY_BACKOFF_BASE_SECONDS: '3600' };
  const fleet = await startHouse(dataDir, { ...providers.env, ...quotas, ...quiet });
  const [client, browser] = await Promise.all([clientOf(dataDir, fleet.url), openBrowser()]);
  const key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  return {
    fleet,
    client,
    key,
    providers,
    site,
    browser,
    async enter(more = {}) {
      const visitor = await signIn({ browser, url: fleet.url, key, ...more });
      visitor.page.setDefaultTimeout(SOON_MS);
      return visitor;
    },
    async stop() {
      await browser.close();
      await fleet.stop();
      await Promise.all([providers.stop(), site.stop(), removeFolder(dataDir)]);
    },
  };
}

interface Database {
  connect(): Promise<void>;
  query(text: string, values: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
}

/** Records a finished job many times over, as if so many mails had come in within the last day. Each is called `Mail <number>`. */
export async function multiply({ databaseUrl }: Fleet, jobId: string, times: number): Promise<void> {
  const ofRecords = createRequire(join(REPOSITORY, 'packages/records/package.json'));
  const { Client: PgClient } = ofRecords('pg') as { Client: new (url: string) => Database };
  const database = new PgClient(databaseUrl);
  await database.connect();
  try {
    await database.query(
      `insert into jobs select (jsonb_populate_record(job, jsonb_build_object(
         'id', gen_random_uuid(), 'subject', 'Mail ' || number, 'request_id', null,
         'created_at', job.created_at - number * interval '15 seconds', 'ended_at', job.ended_at - number * interval '15 seconds'))).*
       from jobs job, generate_series(1, $2) number where job.id = $1`,
      [jobId, times],
    );
  } finally {
    await database.end();
  }
}
