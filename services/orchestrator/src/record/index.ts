export { createRecordKeeping, type RecordKeepingConfig } from './keeping.ts';
