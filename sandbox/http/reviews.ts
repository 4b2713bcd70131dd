import { methodNotAllowed } from '../store/failure.ts';
import { jsonAnswer, type Answer } from './answer.ts';
import { objectBody, type ApiRequest } from './request.ts';

/** A kind that can only be created, and answers at once. */
export interface ReviewKind {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** What the answer says to everybody: the sandbox forbids nothing. */
  readonly status: object;
}

const allowed = { allowed: true, reason: 'the sandbox allows everything' };
const authorization = (kind: string, status: object, namespaced = false): ReviewKind => ({
  group: 'authorization.k8s.io',
  plural: `${kind.toLowerCase()}s`,
  kind,
  namespaced,
  status,
});

/** The reviews that are served, all in version v1. */
export const reviewKinds: readonly ReviewKind[] = [
  authorization('SelfSubjectAccessReview', allowed),
  authorization('SubjectAccessReview', allowed),
  authorization('LocalSubjectAccessReview', allowed, true),
  authorization('SelfSubjectRulesReview', {
    incomplete: false,
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  }),
  {
    group: 'authentication.k8s.io',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
    status: { userInfo: { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] } },
  },
];

/** The answer to a review; undefined when the path is none. @throws ApiFailure 405, 415 */
export function reviewAnswer(request: ApiRequest): Answer | undefined {
  const [, apis, group, version, ...names] = request.path.split('/');
  if (apis !== 'apis' || version !== 'v1') return undefined;
  const plural = names.at(-1);
  const review = reviewKinds.find((known) => known.group === group && known.plural === plural);
  if (!review || names.length !== (review.namespaced ? 3 : 1)) return undefined;
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = objectBody(request);
  const { kind, status } = review;
  return jsonAnswer(201, { ...body, kind, apiVersion: `${review.group}/v1`, status });
}
