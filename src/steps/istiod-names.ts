/** Names that the istiod chart gives to the objects of a revision (templates/deployment.yaml, service.yaml). */
import type { ObjectRef } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** 'istiod' for the control plane without revision, else 'istiod-REVISION': Deployment and Service. */
export function istiodName(revision: string): string {
  return revision === 'default' ? 'istiod' : `istiod-${revision}`;
}

/** The Deployment of a control plane. */
export function istiodDeployment(namespace: string, revision: string): ObjectRef {
  return { resource: resources.deployments, namespace, name: istiodName(revision) };
}
