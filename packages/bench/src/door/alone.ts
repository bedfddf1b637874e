import { join } from 'node:path';
import { EmailScanInput, type JobId } from '@sluice/contracts';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { createJobStore } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { type Ground, layGround, type LoneGateway, startGateway } from '../lone-gateway.ts';
import type { Measures } from '../measure.ts';
import { knock } from './knock.ts';

/** One gateway with Redis and PostgreSQL and nobody who scans: what the door itself can take. Throws where a mail that was accepted is not there. */
export async function knockAlone(settings: Record<string, string>): Promise<Measures> {
  const ground = await layGround();
  const gateways: LoneGateway[] = [];
  try {
    await ground.records.migrate();
    const gateway = await startGateway(ground, settings);
    gateways.push(gateway);
    const { jobIds, measures } = await knock(gateway.url, gateway.apiKey, gateway.pid);
    const kept = await keptMails(ground, gateway, jobIds);
    if (kept < jobIds.length) throw new Error(`${jobIds.length - kept} of ${jobIds.length} are lost`);
    return measures;
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await ground.stop();
  }
}

/** Different mails that are jobs, and can be read. */
async function keptMails({ redis }: Ground, { dataDir }: LoneGateway, jobIds: readonly JobId[]): Promise<number> {
  const connection = connectRedis(redis.url, { name: 'bench' });
  const jobs = createJobStore(connection);
  const blobs = createFolderBlobStore(join(dataDir, 'blobs'));
  const mails = new Set<string>();
  try {
    for (const jobId of jobIds) {
      const job = await jobs.snapshot(jobId);
      if (job === null) continue;
      const { blob } = EmailScanInput.parse(job.meta.input);
      await blobs.get(blob);
      mails.add(blob);
    }
    return mails.size;
  } finally {
    await closeRedis(connection);
  }
}
