export { createAside } from './aside.ts';
export { createDrainer } from './drainer.ts';
export { createRecordKeeping } from './keeping.ts';
export { createRecorder } from './recorder.ts';
export { createRestore } from './restore.ts';
