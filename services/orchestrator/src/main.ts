import { runService } from '@sluice/fleet/service';
import { parse } from './config.ts';
import { build } from './service.ts';

await runService({ name: 'orchestrator', parse, build });
