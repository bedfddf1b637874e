import { parseWorkerConfig, runService } from '@sluice/fleet/service';
import { build } from './service.ts';

await runService({ name: 'orchestrator', parse: parseWorkerConfig, build });
