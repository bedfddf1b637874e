export { normalise } from './normalise.ts';
export { hostTag, resourceId, resourceOf } from './resources.ts';
