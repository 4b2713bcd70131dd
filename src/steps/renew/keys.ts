/** Labels and annotations that a renewal leaves on objects, and what they are for. */

/** Annotation of templates (and so of their pods) and of Rollouts: the mark of the run that renewed them last. */
export const renewedKey = 'meshlift.dev/renewed';

/** Annotation of a workload: JSON of what its template said before the renewal, to put it back. */
export const beforeKey = 'meshlift.dev/renewed-before';

/** Annotation with which kubectl restarts a template. */
export const restartedKey = 'kubectl.kubernetes.io/restartedAt';

/** Label of a pod that is being handed over: the mark of the run (see `labelValue`). */
export const handOverKey = 'meshlift.dev/hand-over';

/** Label of such a pod: the workload that it came from (see `labelValue`), by which it is found after a crash. */
export const handOverOfKey = 'meshlift.dev/hand-over-of';

/** Annotation of such a pod: JSON of what its labels were. */
export const handOverBeforeKey = 'meshlift.dev/hand-over-before';

/** Label by which a ReplicaSet of a Deployment knows its pods. */
export const hashKey = 'pod-template-hash';

/** Value of `pod-template-hash` that no ReplicaSet selects: hashes consist of consonants and digits only. */
export const foreignHash = 'handed-over';

/** Value of the Service's label while a pod leaves. */
export const leavingValue = 'meshlift-leaving';

const longest = 63;

/** A name as label value: names may have 253 characters, label values 63. A longer one is cut and gets a hash (FNV-1a). */
export function labelValue(name: string): string {
  if (name.length <= longest) return name;
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `${name.slice(0, longest - 9)}-${hash.toString(16).padStart(8, '0')}`;
}

/** Characters of the base to which Kubernetes cuts a generated name before it appends five (apiserver, names/generate.go). */
const longestStem = 58;

/** What the names of a workload's pods begin with: 'web-', or what is left of a name that is too long for that. */
export function podStem(name: string): string {
  return `${name}-`.slice(0, longestStem);
}
