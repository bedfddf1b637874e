import { runSupervisor } from './run.ts';

process.exitCode = await runSupervisor(process.env, process);
