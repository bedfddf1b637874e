import { blobSettings } from '@sluice/fleet/blobs';
import { parseConfig, workerSettings } from '@sluice/fleet/service';

const settings = { ...workerSettings, ...blobSettings };

export const parseAggregatorConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type AggregatorConfig = ReturnType<typeof parseAggregatorConfig>;
