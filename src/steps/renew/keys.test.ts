import { describe, expect, it } from 'vitest';
import type { RenewWorkload } from '../spec.ts';
import { releasePatch } from './hand-over-patch.ts';
import { labelValue, podStem } from './keys.ts';
import type { PodState } from './pod-state.ts';

describe('names that are longer than Kubernetes takes', () => {
  const long = 'a'.repeat(70);

  it('are cut as a generated name of a pod is', () => {
    expect(podStem('web')).toBe('web-');
    expect(podStem('a'.repeat(57))).toBe(`${'a'.repeat(57)}-`);
    // The API server appends five characters to the first 58 of 'NAME-HASH-'.
    for (const name of ['web', 'a'.repeat(50), 'a'.repeat(57), 'a'.repeat(58), long]) {
      const made = `${`${name}-5d8c7b9f6d-`.slice(0, 58)}x2x4z`;
      expect(made.startsWith(podStem(name))).toBe(true);
    }
  });

  it('stay different as label values', () => {
    expect(labelValue(long)).toHaveLength(63);
    expect(labelValue(long)).not.toBe(labelValue(`${long}b`));
    expect(labelValue('a'.repeat(63))).toBe('a'.repeat(63));
  });

  it('fit into the labels of a pod that is handed over, whatever run and workload are called', () => {
    const pod = { labels: {}, resourceVersion: '1' } as unknown as PodState;
    const spec = { serviceLabel: '', name: long } as RenewWorkload;
    // A build of Istio between releases has the whole commit in its version.
    const mark = `to-1-30-alpha-${'0123456789'.repeat(4)}-abc123.back`;
    const patch = releasePatch(pod, spec, mark, '') as { metadata: { labels: Record<string, string> } };
    expect(Object.values(patch.metadata.labels).filter((value) => value.length > 63)).toEqual([]);
  });
});
