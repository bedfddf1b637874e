/**
 * The target of a `Refresh` header or of a meta refresh's content ("0; url='/next'"), as browsers read it (HTML, "shared declarative
 * refresh steps"): null when there is no URL, or when it waits for longer than `maxSeconds`.
 */
export function refreshTarget(value: string, maxSeconds: number): string | null {
  const parts = /^[\s]*(\d{0,9})(?:\.[\d.]{0,9})?[\s]*[;,\s][\s]*(.*)$/s.exec(value.slice(0, 8192));
  if (!parts || (parts[1] === '' && !/^\s*\./.test(value)) || Number(parts[1]) > maxSeconds) return null;
  const rest = (parts[2] ?? '').replace(/^url\s*=\s*/i, '').trim();
  const quote = rest[0];
  if (quote !== '"' && quote !== "'") return rest || null;
  return rest.slice(1).split(quote, 1)[0] || null;
}
