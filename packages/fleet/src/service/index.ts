export {
  baseSettings,
  parseConfig,
  postgresUrl,
  parseWorkerConfig,
  queueRedisUrl,
  wholeNumber,
  workerSettings,
  type WorkerConfig,
} from './config.ts';
export { exemplarLabels, withExemplars } from './exemplars.ts';
export type { HealthChecks } from './health.ts';
export { createLogger, type Logger, type LogLevel } from './log.ts';
export { readForScrape } from './scrape.ts';
export { readWorkers } from './self-report.ts';
export {
  type BaseConfig,
  runService,
  type Service,
  type ServiceDefinition,
  type Surroundings,
  VERSION,
} from './shell.ts';
