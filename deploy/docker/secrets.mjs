// Preloaded in images: NAME_FILE=/run/secrets/x becomes NAME, so that no secret stands in a Compose file or a pod's description.
// A file that cannot be read ends the start. It applies to settings whose values are secrets; others keep their names.
import { readFileSync } from 'node:fs';

const BY_FILE = /^((?:[A-Z0-9_]+_)?(?:URL|PASSWORD|API_KEY|DATA_KEY))_FILE$/;

for (const [name, path] of Object.entries(process.env)) {
  const setting = BY_FILE.exec(name)?.[1];
  if (setting === undefined || path === undefined || path === '') continue;
  if (process.env[setting]) refuse(`${setting} and ${name} are both set; keep one of them.`);
  try {
    process.env[setting] = readFileSync(path, 'utf8').trim();
  } catch (error) {
    refuse(`${name} names a file that cannot be read (${error.code}).`);
  }
  delete process.env[name];
}

function refuse(why) {
  process.stderr.write(`These settings are wrong:\n  ${why}\n`);
  process.exit(2);
}
