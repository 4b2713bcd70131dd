import type { KubeObject } from '../kube/api.ts';
import { clusterObjects } from './cluster-objects.test-helper.ts';
import { configMapObjects } from './config-map-objects.test-helper.ts';
import { deliveryObjects } from './delivery-objects.test-helper.ts';
import { istioObjects } from './istio-objects.test-helper.ts';
import { istiod } from './istiod-object.test-helper.ts';
import { trafficObjects } from './traffic-objects.test-helper.ts';

/** One object of every kind that only the checks look at, with `secret` in fields that must not be kept. */
export const configObjects: readonly KubeObject[] = [
  ...istioObjects,
  ...trafficObjects,
  ...clusterObjects,
  ...deliveryObjects,
  ...configMapObjects,
  istiod(),
];
