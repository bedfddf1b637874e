/** A fleet cannot start, for a reason that is the reader's to remove. The message says everything; a stack would not help. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
