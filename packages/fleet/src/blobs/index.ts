export { getDocument, putDocument } from './documents.ts';
export { createFolderBlobStore } from './folder.ts';
export type { BlobStore } from './port.ts';
