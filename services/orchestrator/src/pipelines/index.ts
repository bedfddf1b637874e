import type { CheckedPipeline } from '../engine/index.ts';
import { emailScan } from './email-scan.ts';
import { notify } from './notify.ts';
import { observableScan } from './observable-scan.ts';

/** Every pipeline that the fleet runs. */
export const pipelines: readonly CheckedPipeline[] = [emailScan, observableScan, notify];
