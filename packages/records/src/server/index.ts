export { isPostgresReady } from './ready.ts';
export { findPostgres, type PostgresPrograms } from './programs.ts';
export { type PostgresServer, preparePostgres } from './prepare.ts';
export { type RunningPostgres, type StartOptions, startPostgres } from './start.ts';
