// What the bootstrap says goes to standard error: standard output belongs to the command that it runs.

/** Ends the bootstrap with status 1 and this message, without a stack. */
export class Refusal extends Error {}

export function say(line) {
  process.stderr.write(`sluice: ${line}\n`);
}

/** The end of a long output, where the reason stands. */
export function lastLines(output, count = 40) {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
