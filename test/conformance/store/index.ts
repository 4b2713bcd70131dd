import { describe } from 'vitest';
import type { MakeTarget } from './harness.ts';
import { objectConformance } from './objects.ts';
import { readingConformance } from './reading.ts';
import { servingConformance } from './serving.ts';
import { writingConformance } from './writing.ts';

/**
 * What any Kubernetes API server must do, as tests of one target. They use nothing but `KubeApi`, so the same bodies run
 * against the sandbox and against a real server; each asks for a target of its own and leaves nothing behind.
 */
export function storeConformance(name: string, make: MakeTarget): void {
  describe(`API conformance of ${name}`, () => {
    objectConformance(make);
    readingConformance(make);
    writingConformance(make);
    servingConformance(make);
  });
}
