export { createLine, type Line, type LineConfig } from './line.ts';
export { standsInLine } from './standing.ts';
export type { Priority, Question, Ticket, Waiting } from './types.ts';
