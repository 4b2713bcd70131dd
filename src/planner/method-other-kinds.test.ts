import { describe, expect, it } from 'vitest';
import { fact, method, words, type Case } from '../../test/planner/method.ts';

describe('the method of other kinds', () => {
  it.each<[string, Case, string]>([
    [
      'StatefulSet',
      { fact: fact('StatefulSet') },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'StatefulSet with OnDelete',
      { fact: fact('StatefulSet', { strategy: 'OnDelete' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet with a partition',
      { fact: fact('StatefulSet', { partition: 2 }) },
      'by-pod 1 -: partition 2: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet of which two pods may be away',
      { fact: fact('StatefulSet', { replicas: 4, maxUnavailable: '2' }) },
      'rollout 2 -: StatefulSet: 2 pods at a time, by its own controller',
    ],
    [
      'StatefulSet of which all pods may be away',
      { fact: fact('StatefulSet', { replicas: 3, maxUnavailable: '100%' }) },
      'no-consent: its maxUnavailable 100% lets all its 3 pods end at once: it is down while they are renewed',
    ],
    [
      'StatefulSet of which all pods may be away, one by one for a partition',
      { fact: fact('StatefulSet', { replicas: 3, maxUnavailable: '3', partition: 2 }) },
      'by-pod 1 -: partition 2: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet of one pod',
      { fact: fact('StatefulSet', { replicas: 1 }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'StatefulSet of one pod with consent',
      { fact: fact('StatefulSet', { replicas: 1 }), override: { consent: true } },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'StatefulSet with a partition whose labels change',
      { fact: fact('StatefulSet', { partition: 1 }), labels: true, override: { consent: true } },
      'no-consent: its template labels must change, and its update strategy does not roll its pods',
    ],
    [
      'StatefulSet whose labels change',
      { fact: fact('StatefulSet'), labels: true },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '1' }) },
      'rollout 1 -: DaemonSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet of one pod that may have a second one',
      { fact: fact('DaemonSet', { replicas: 1, maxSurge: '1', maxUnavailable: '0' }) },
      'rollout 1 -: DaemonSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet of one pod',
      { fact: fact('DaemonSet', { replicas: 1, maxSurge: '0', maxUnavailable: '1' }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'DaemonSet of one pod with OnDelete',
      { fact: fact('DaemonSet', { replicas: 1, strategy: 'OnDelete' }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'DaemonSet on all nodes at once',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '100%' }) },
      'no-consent: its maxUnavailable 100% lets all its 4 pods end at once: it is down while they are renewed',
    ],
    [
      'DaemonSet on all nodes at once, by a share that is rounded up',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '80%' }) },
      'no-consent: its maxUnavailable 80% lets all its 4 pods end at once: it is down while they are renewed',
    ],
    [
      'DaemonSet on all nodes at once with consent',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '9' }), override: { consent: true } },
      'rollout 4 -: its maxUnavailable 9 lets all its 4 pods end at once: it is down while they are renewed, and the policy consents to the gap',
    ],
    [
      'DaemonSet on all nodes at once, but OnDelete',
      { fact: fact('DaemonSet', { strategy: 'OnDelete', maxUnavailable: '100%' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    [
      'DaemonSet with OnDelete',
      { fact: fact('DaemonSet', { strategy: 'OnDelete' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    ['Rollout', { fact: fact('Rollout', { maxSurge: '2' }) }, 'rollout 2 -: Argo Rollouts restarts it (restartAt)'],
    ['Job', { fact: fact('Job') }, 'job: it ends by itself'],
    ['CronJob', { fact: fact('CronJob') }, 'job: it ends by itself'],
  ])('%s', (_name, given, expected) => {
    expect(words(method(given))).toBe(expected);
  });
});
