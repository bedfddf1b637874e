export { normalise } from './normalise.ts';
export { resourceId, resourceOf } from './resources.ts';
