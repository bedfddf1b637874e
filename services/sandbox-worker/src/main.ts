import { parseWorkerConfig, runService } from '@sluice/fleet/service';
import { build } from './service.ts';

await runService({ name: 'sandbox-worker', pool: 'sandbox', parse: parseWorkerConfig, build });
