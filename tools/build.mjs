// Bundles the command line into dist/meshlift.mjs: the only code of the published package. What is imported lazily
// (client-node, ws, yaml) stays lazy inside the bundle: each is wrapped and evaluated at its first use.
import { build } from 'esbuild';
import { chmod, readFile } from 'node:fs/promises';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

const result = await build({
  entryPoints: ['src/bin.ts'],
  outfile: 'dist/meshlift.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minify: true,
  keepNames: true,
  metafile: true,
  legalComments: 'none',
  define: { __MESHLIFT_VERSION__: JSON.stringify(version) },
  banner: {
    // Bundled CommonJS packages call require; an ES module has none of its own.
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod('dist/meshlift.mjs', 0o755);
const bytes = Object.values(result.metafile.outputs)[0]?.bytes ?? 0;
console.log(`dist/meshlift.mjs ${(bytes / 1024 / 1024).toFixed(2)} MiB, version ${version}`);
