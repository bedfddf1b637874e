export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
/** A lower class is asked only while no higher one waits. */
export type Priority = (typeof PRIORITIES)[number];

/** A question that waits for a slot of its quota. */
export interface Question {
  quota: string;
  /** What is asked: two who park the same id wait for one slot. */
  id: string;
  tenant: string;
  priority: Priority;
  /** How much the answer decides, from 0 to 1,000: within a tenant what decides more is asked first. */
  decides: number;
  /** What the call costs; 1 where nothing is said. */
  units?: number;
  /** Of the call; at most 10 minutes. */
  timeoutMs: number;
  /** Handed back when a slot is reserved; at most 4 KB. Parking the same token again changes nothing. */
  token: string;
  /** The tenant's share against others of its class; 1 where nothing is said. */
  weight?: number;
  /** The most that the tenant gets of each window while others wait that have not had theirs, as a part of it; 1 where nothing is said. */
  share?: number;
}

/** A question for which a slot is reserved. */
export interface Ticket {
  quota: string;
  id: string;
  tenant: string;
  /** Of those who asked and are to be told. */
  tokens: string[];
  /** The slot is given back when it was not redeemed by then (epoch ms). */
  reservedUntilMs: number;
}

export interface Waiting {
  total: number;
  /** Questions whose slot is reserved but not redeemed yet. */
  reserved: number;
  oldestMs: number;
  byPriority: Record<Priority, number>;
  byTenant: { tenant: string; waiting: number }[];
  /** An estimate of ms until the n-th of those who wait is asked, from 1; no promise. */
  estimateMs: (place: number) => number;
}
