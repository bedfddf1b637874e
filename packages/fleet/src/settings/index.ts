export { type HeldPolicy, requireReleased, whyWithheld } from './release.ts';
export { createHints, type DigestedHint, type Hints } from './hints.ts';
export { createSays, type Says } from './says.ts';
export type { SwitchedOffs } from './readers.ts';
export { type DataKey, parseDataKey, seal, unseal } from './seal.ts';
export { createSettings, type Settings, type SettingsChange, type SettingsConfig } from './settings.ts';
