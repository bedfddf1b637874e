import { parseWorkerConfig, runService } from '@sluice/fleet/service';
import { build } from './service.ts';

await runService({ name: 'aggregator-worker', pool: 'aggregation', parse: parseWorkerConfig, build });
