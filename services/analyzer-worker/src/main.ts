import { runService } from '@sluice/fleet/service';
import { parseAnalyzerConfig } from './config.ts';
import { build } from './service.ts';

await runService({ name: 'analyzer-worker', pool: 'analysis', parse: parseAnalyzerConfig, build });
