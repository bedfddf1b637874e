export { createRecordKeeping } from './keeping.ts';
