import { parseWorkerConfig, runService } from '@sluice/fleet/service';
import { build } from './service.ts';

await runService({ name: 'analyzer-worker', pool: 'analysis', parse: parseWorkerConfig, build });
