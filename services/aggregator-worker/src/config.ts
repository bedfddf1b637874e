import { blobSettings } from '@sluice/fleet/blobs';
import { allowListSetting } from '@sluice/fleet/guard';
import { parseConfig, workerSettings } from '@sluice/fleet/service';

const settings = {
  ...workerSettings,
  ...blobSettings,
  /** Places that webhooks may lead to although they are not public. */
  WEBHOOK_ALLOW: allowListSetting,
};

export const parseAggregatorConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type AggregatorConfig = ReturnType<typeof parseAggregatorConfig>;
