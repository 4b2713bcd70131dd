import { methodNotAllowed, unknownResource } from '../store/failure.ts';
import { pageNotFound, type Answer } from './answer.ts';
import { documentAnswer } from './documents.ts';
import type { Door } from './door.ts';
import { isNamed, type NamedPlace, type Place } from './place.ts';
import { getOne, listAll } from './reading.ts';
import type { ApiRequest } from './request.ts';
import { reviewAnswer } from './reviews.ts';
import { subresourceAnswer } from './subresources.ts';
import { createOne, deleteMany, deleteOne, patchOne, replaceOne } from './writing.ts';

type OnCollection = (door: Door, place: Place, request: ApiRequest) => Answer;
type OnObject = (door: Door, place: NamedPlace, request: ApiRequest) => Answer;

const onCollection: Readonly<Record<string, OnCollection>> = { GET: listAll, POST: createOne, DELETE: deleteMany };
const onObject: Readonly<Record<string, OnObject>> = {
  GET: getOne,
  PUT: (door, place, request) => replaceOne(door, place, request),
  PATCH: (door, place, request) => patchOne(door, place, request),
  DELETE: deleteOne,
};

/**
 * Answers every request but watches and upgrades. `place` is what the path names, undefined when that is no served kind.
 * @throws ApiFailure what a real server would refuse
 */
export async function answerTo(door: Door, place: Place | undefined, request: ApiRequest): Promise<Answer> {
  const fixed = documentAnswer(door, request) ?? reviewAnswer(request);
  if (fixed) return fixed;
  if (!place) {
    if (request.path.startsWith('/api/') || request.path.startsWith('/apis/')) throw unknownResource();
    return pageNotFound();
  }
  if (!isNamed(place)) return run(onCollection[request.method], door, place, request);
  if (place.subresource !== undefined) return subresourceAnswer(door, place, place.subresource, request);
  return run(onObject[request.method], door, place, request);
}

function run<P>(
  action: ((door: Door, place: P, request: ApiRequest) => Answer) | undefined,
  door: Door,
  place: P,
  request: ApiRequest,
): Answer {
  if (!action) throw methodNotAllowed();
  return action(door, place, request);
}
