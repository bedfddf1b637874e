export { createEngine, type EngineConfig } from './engine.ts';
export {
  type CheckedPipeline,
  definePipeline,
  type JobView,
  type Pipeline,
  type SettledTask,
  type StageDefinition,
  taskMaker,
  type WantedTask,
} from './pipeline.ts';
export { type Plan, planFailure, planJob } from './plan.ts';
