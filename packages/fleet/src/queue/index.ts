export { type Consumer, createConsumer, type Delivery, type Handled } from './consumer.ts';
export {
  createPool,
  type Handlers,
  type PoolConfig,
  type PoolRuntime,
  type PoolStatus,
  type TaskContext,
} from './pool.ts';
export { createPoolService, type PoolServiceConfig } from './pool-service.ts';
export { createProducer, type Producer, type QueueCounts, type QueuedTask } from './producer.ts';
export { queuedTask } from './task-message.ts';
export { inSpan, traceCarrier } from './trace.ts';
export { createWaker, Parked, tokenOf, type Woken } from './parked.ts';
