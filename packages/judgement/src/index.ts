export type { BrandFact, LinkFact, MailFacts, Owner } from './facts.ts';
export { featuresOf } from './features.ts';
export { type Intent, type IntentHit, intentsOf } from './intents.ts';
export { askModel, type Calibration, type Model, type Opinion } from './model.ts';
export { readModel } from './model-file.ts';
export { isOneEditApart } from './edit-distance.ts';
export { tellFeature } from './tell.ts';
export { withoutUnseen } from './words.ts';
