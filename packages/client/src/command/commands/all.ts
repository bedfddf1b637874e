import type { Command } from '../spec.ts';
import { addressCommands } from './addresses.ts';
import { audit } from './audit.ts';
import { batchCommands } from './batches.ts';
import { cacheCommands } from './cache.ts';
import { feedbackCommands } from './feedback.ts';
import { fileCommands } from './files.ts';
import { jobsCommands } from './jobs.ts';
import { keyCommands } from './keys.ts';
import { letterCommands } from './letters.ts';
import { quotaCommands } from './quotas.ts';
import { report } from './report.ts';
import { ruleCommands } from './rules.ts';
import { scan } from './scan.ts';
import { status } from './status.ts';
import { switchCommands } from './switches.ts';
import { tenantCommands } from './tenants.ts';
import { watch } from './watch.ts';
import { webhookCommands } from './webhooks.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  scan,
  report,
  watch,
  status,
  ...jobsCommands,
  ...fileCommands,
  ...batchCommands,
  ...letterCommands,
  ...quotaCommands,
  ...switchCommands,
  ...cacheCommands,
  ...tenantCommands,
  ...keyCommands,
  ...addressCommands,
  ...webhookCommands,
  ...feedbackCommands,
  ...ruleCommands,
  audit,
];
