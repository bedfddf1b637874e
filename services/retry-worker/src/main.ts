import { runService } from '@sluice/fleet/service';
import { parseRetryConfig } from './config.ts';
import { build } from './service.ts';

await runService({ name: 'retry-worker', parse: parseRetryConfig, build });
