export { ConfigError, type FleetConfig, parseConfig } from './config.ts';
export { StartError } from './errors.ts';
export { type Fleet, type FleetOptions, startFleet } from './fleet.ts';
export type { RunningProcess } from './program.ts';
export { REPOSITORY } from './programs.ts';
export { houseServices, type ServiceSpec } from './services.ts';
