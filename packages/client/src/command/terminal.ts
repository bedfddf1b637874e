/** The part of `process` that the command needs. */
export type Terminal = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'cwd' | 'on' | 'exit'>;
