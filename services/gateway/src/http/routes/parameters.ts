import { JobId, TenantId } from '@sluice/contracts';
import { z } from 'zod';

/** What is read of a tenant: the own one, or the one that an operator names. */
export const TenantQuery = z.object({ tenant: TenantId.optional() });
export const JobParams = z.object({ id: JobId });
