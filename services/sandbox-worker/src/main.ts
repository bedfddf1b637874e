import { runService } from '@sluice/fleet/service';
import { parseSandboxConfig } from './config.ts';
import { build } from './service.ts';

await runService({ name: 'sandbox-worker', pool: 'sandbox', parse: parseSandboxConfig, build });
