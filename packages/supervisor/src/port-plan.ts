import { StartError } from './errors.ts';
import { freePort, isFree } from './ports.ts';

export interface PortPlan {
  door: number;
  queue: number;
  cache: number;
  database: number;
  /** One for each process that there can be. */
  metrics: number[];
}

/** Gives everything that listens a port of its own. Throws {@link StartError} where a port that was asked for is in use. */
export async function planPorts(
  wanted: { port: number; metricsPort: number | null },
  processes: number,
): Promise<PortPlan> {
  const taken = new Set<number>();
  const any = async (): Promise<number> => {
    const port = await freePort(taken);
    taken.add(port);
    return port;
  };
  const exactly = async (port: number, setting: string): Promise<number> => {
    if (taken.has(port) || !(await isFree(port)))
      throw new StartError(`Port ${port} is in use. Set ${setting} to another one.`);
    taken.add(port);
    return port;
  };
  const door = wanted.port === 0 ? await any() : await exactly(wanted.port, 'PORT');
  const metrics: number[] = [];
  for (let at = 0; at < processes; at++) {
    metrics.push(wanted.metricsPort === null ? await any() : await exactly(wanted.metricsPort + at, 'METRICS_PORT'));
  }
  return { door, metrics, queue: await any(), cache: await any(), database: await any() };
}
