// Node's own type stripping, so that tests run the very code that the services run.
const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source) => createHash('sha1').update(source).update(process.version).digest('hex'),
};
