export { type Announcer, createAnnouncer } from './announcer.ts';
export { deliveryJob } from './delivery.ts';
export { createGoneWebhooks, type GoneWebhooks } from './gone.ts';
