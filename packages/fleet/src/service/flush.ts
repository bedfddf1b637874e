let flush: () => Promise<void> = () => Promise.resolve();

/** Says how to send what is left; the tracing SDK is loaded only where it is wanted. */
export function onFlush(action: () => Promise<void>): void {
  flush = action;
}

/** Sends the spans that are left; does nothing where tracing is off. */
export function flushTraces(): Promise<void> {
  return flush();
}
