/** Arrows between rooms, as docs/architecture.md draws them. Pure rooms import no I/O. */
const pure = '^src/(mesh|knowledge|checks|planner|waves/schedule)';
const io = '^(src/(kube|inventory|installers|probe|engine|cli)|sandbox)/';
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A command loads its code when it runs: that import is no arrow between rooms.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'pure-rooms-stay-pure',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: { path: io },
    },
    {
      name: 'pure-rooms-no-node-io',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: {
        path: '^(node:)?(fs|net|http|https|http2|tls|dgram|child_process|os|process|timers)(/|$)',
        dependencyTypes: ['core'],
      },
    },
    {
      name: 'cli-is-the-top',
      comment: 'Nothing below the doors knows them.',
      severity: 'error',
      from: { path: '^src/(?!cli/|bin\\.ts)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'kube-knows-no-mesh',
      severity: 'error',
      from: { path: '^src/kube/' },
      to: { path: '^src/(?!kube/|errors)' },
    },
    {
      name: 'sandbox-only-behind-its-doors',
      severity: 'error',
      comment: 'Tests of commands run them against it.',
      from: { path: '^src/(?!cli/(demo|sandbox))', pathNot: '^src/cli/.*\\.test\\.ts$' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'sandbox-knows-only-interfaces',
      comment: 'A model that knows the program under test proves nothing.',
      severity: 'error',
      from: { path: '^sandbox/', pathNot: '\\.test(-helper)?\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(kube|mesh|errors)' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$|^test/' },
      to: { path: '\\.test\\.ts$|^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
