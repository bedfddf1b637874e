import type { JobId } from '@sluice/contracts';
import type { Load } from './load.ts';
import type { Place, Surroundings } from './servers.ts';
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
  /** Where it makes sense. */
  on: readonly Surroundings[];
  /** Redis was away: every service is still the same process afterwards, and everything moves within 10 s. */
  isOutage?: boolean;
  /** Whoever is struck leaves tasks, and others take them over. */
  leavesTasks?: boolean;
  /** No task of any worker loses an attempt. */
  keepsAttempts?: boolean;
  /** Breaks it, under load; resolves when it is whole again. */
  act(world: World, scale: Scale, load: Load): Promise<Trouble>;
  /** When every job has ended, and before they are looked at. */
  afterwards?(world: World, jobIds: readonly JobId[]): Promise<Pick<Trouble, 'faults' | 'note'>>;
}

/** A fault that brings a fleet of its own. */
export interface OwnFault {
  name: string;
  what: string;
  on: readonly Surroundings[];
  run(on: Surroundings): Promise<Row>;
}

/** How long things last; the short form keeps within a test. */
export interface Scale {
  /** Load before the fault and after it. */
  aroundMs: number;
  perSecond: number;
  /** Of something that the issue gives in full: quick takes the second. */
  lasting(fullMs: number, quickMs: number): number;
}

export interface Row {
  fault: string;
  on: Place;
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
