/** Which tool does it: the one that manages what is there. */
import type { KubeApi } from '../kube/api.ts';
import type { OwnerKind } from '../mesh/model-basics.ts';
import type { Clock } from '../steps/step.ts';
import { helmInstaller } from './helm.ts';
import type { Installer, RunProgram } from './installer.ts';
import { istioctlInstaller, type IstioctlDeps } from './istioctl.ts';
import { refusedInstaller } from './refused.ts';
import { sandboxInstaller } from './sandbox.ts';

/** What installers work with. */
export interface InstallerDeps {
  readonly run: RunProgram;
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Policy field `charts`. */
  readonly charts: string;
  /** File of policy field `istioOperator` with its content; null when it is empty. */
  readonly operatorFile: IstioctlDeps['operatorFile'];
  /** What `isSandbox` said of the server. */
  readonly sandbox: boolean;
}

/** The installer for an owner. In a sandbox its own one stands for helm and istioctl. Throws nothing: refusals come from its methods. */
export function installerFor(owner: OwnerKind, deps: InstallerDeps): Installer {
  if (owner !== 'helm' && owner !== 'istioctl') return refusedInstaller(owner);
  if (deps.sandbox) return sandboxInstaller(deps);
  return owner === 'helm' ? helmInstaller(deps) : istioctlInstaller(deps);
}
