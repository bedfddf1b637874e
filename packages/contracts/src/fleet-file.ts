import { z } from 'zod';

/** `fleet.json` of a data folder while a fleet of one machine is ready: how to find it. No secret is in it. */
export const FleetFile = z.object({
  v: z.literal(1),
  url: z.string(),
  /** The supervisor's. */
  pid: z.number(),
  startedAt: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: z.number(), metricsPort: z.number().nullable() })),
});
export type FleetFile = z.infer<typeof FleetFile>;
