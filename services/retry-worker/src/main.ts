import { parseWorkerConfig, runService } from '@sluice/fleet/service';
import { build } from './service.ts';

await runService({ name: 'retry-worker', parse: parseWorkerConfig, build });
