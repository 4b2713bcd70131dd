// Adds up vitest's results: `node .ci/count.mjs FOLDER FAILED_STEPS`, and names what was skipped. A file that could not be
// loaded is one failure, and so is a step that failed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', steps = '0'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const skipped = [];
for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
  const result = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += result.numPassedTests;
  const unloaded = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  failed += result.numFailedTests + unloaded.length;
  const tests = result.testResults.flatMap((file) => file.assertionResults);
  skipped.push(...tests.filter(({ status }) => status === 'skipped' || status === 'pending'));
}
failed += Number(steps);
for (const { fullName } of skipped) console.log(`== SKIPPED: ${fullName}`);
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
