// Bundles the command line into dist/meshlift.mjs: the only code of the published package. What is imported lazily
// (client-node, ws, yaml) stays lazy inside the bundle: each is wrapped and evaluated at its first use.
import { build } from 'esbuild';
import { chmod, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

// client-node does not declare that its modules have no side effects, so every generated model of the Kubernetes API would
// be kept (3 MB of 4), and parsed at every start.
const withoutSideEffects = {
  name: 'client-node-without-side-effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, ...rest }) => {
      if (
        pluginData === 'resolved' ||
        !(path.includes('client-node') || rest.importer.includes('@kubernetes/client-node'))
      )
        return;
      const found = await resolve(path, { ...rest, pluginData: 'resolved' });
      return found.path.includes('@kubernetes/client-node') ? { ...found, sideEffects: false } : found;
    });
  },
};

// In an ES module every import of a built-in is hoisted, so `--version` would wait for http, http2 and tls. Asked for by
// require inside the lazily run modules of the bundle, each is loaded when it is first needed.
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    onResolve({ filter: /./ }, ({ path, namespace }) => {
      if (!builtins.has(path)) return;
      return namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' };
    });
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = require('${path}')` }));
  },
};

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
  plugins: [lazyBuiltins, withoutSideEffects],
  logLevel: 'warning',
});
await chmod('dist/meshlift.mjs', 0o755);
const bytes = Object.values(result.metafile.outputs)[0]?.bytes ?? 0;
console.log(`dist/meshlift.mjs ${(bytes / 1024 / 1024).toFixed(2)} MiB, version ${version}`);
