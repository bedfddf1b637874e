import type { JobId } from '@sluice/contracts';
import type { Load } from './load.ts';
import type { Surroundings } from './servers.ts';
import type { World } from './world.ts';

/** A process that was ended, or kept from working, and when (epoch ms). */
export interface Death {
  /** How the names of its workers begin. */
  worker: string;
  atMs: number;
}

export interface Trouble {
  deaths?: Death[];
  /** What went wrong already, in words. */
  faults?: string[];
  /** Worth a word in the table. */
  note?: string;
}

export interface Fault {
  name: string;
  /** What is broken, in a few words. */
  what: string;
  surroundings: Surroundings;
  /** Redis was away: every service is still the same process afterwards, and everything moves within 10 s. */
  isOutage?: boolean;
  /** No task of any worker loses an attempt. */
  keepsAttempts?: boolean;
  /** What may be lost by the nature of the thing is measured and stated, and is no failure. */
  mayLose?: boolean;
  /** Breaks it, under load; resolves when it is whole again. */
  act(world: World, scale: Scale, load: Load): Promise<Trouble>;
  /** When every job has ended, and before they are looked at; what went wrong. */
  afterwards?(world: World, jobIds: readonly JobId[]): Promise<string[]>;
}

/** A fault that brings a fleet of its own. */
export interface OwnFault {
  name: string;
  what: string;
  run(): Promise<Row>;
}

/** How long things last; the short form keeps within a test. */
export interface Scale {
  isQuick: boolean;
  /** Load before the fault and after it. */
  aroundMs: number;
  perSecond: number;
  /** Of something that the issue gives in full: quick takes the second. */
  lasting(fullMs: number, quickMs: number): number;
}

export interface Row {
  fault: string;
  accepted: number;
  finished: number;
  lost: number;
  doubled: number;
  breaches: number;
  /** Until a mail that came after the fault had its report, every service said that it is ready, and the tasks of the dead ran again. */
  seconds: number;
  /** Why this row is a failure; empty where it is none. */
  failures: string[];
  note: string;
}
