import { runService } from '@sluice/fleet/service';
import { parseAggregatorConfig } from './config.ts';
import { build } from './service.ts';

await runService({ name: 'aggregator-worker', pool: 'aggregation', parse: parseAggregatorConfig, build });
