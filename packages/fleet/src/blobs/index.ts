export { getDocument, putDocument } from './documents.ts';
export { createFolderBlobStore } from './folder.ts';
export type { Inbox } from './inbox.ts';
export { blobSettings, openBlobStore, openBlobs, openInbox } from './open.ts';
export type { BlobEntry, BlobStore } from './port.ts';
