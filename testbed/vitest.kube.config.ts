import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['testbed/tests/**/*.kube.test.ts'],
    // Real pods start and end in seconds; a body of several rollouts takes a minute on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // One node and two cores: side by side the tests would measure each other, and one of them stops the API server.
    fileParallelism: false,
    maxWorkers: 1,
    // Bodies of the conformance suite only wait for controllers, each in a namespace of its own.
    maxConcurrency: 8,
  },
});
