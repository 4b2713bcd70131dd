import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { ApiFailure } from '../../store/failure.ts';
import { at, numberAt, objectAt, textAt, without } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, millisOf, refOf, timeText, writeStatus, type Cluster } from '../base/cluster.ts';
import { conditionOf } from '../base/conditions.ts';
import { keyOf } from '../base/informer.ts';
import { controllerKey, controllerReference } from '../base/owners.ts';
import { isTerminating } from '../base/pods.ts';
import { parseSchedule, type CronSchedule } from './cron-schedule.ts';
import { isFinished } from './outcome.ts';

const component = 'cronjob-controller';

/** Makes the Jobs of CronJobs at their times, and deletes those beyond the history limits. Times are of UTC. */
export function cronJobController(cluster: Cluster): void {
  const { cronJobs, jobs } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  cronJobs.onChange(({ key }) => queue.add(key));
  jobs.onChange(({ old, now }) => {
    const key = controllerKey(now ?? old, 'CronJob');
    if (key !== undefined) queue.add(key);
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const cron = cluster.informers.cronJobs.get(key);
  if (!cron || isTerminating(cron)) return;
  const schedule = readSchedule(cluster, cron);
  if (schedule && at(cron, 'spec', 'suspend') !== true) runDue(cluster, queue, cron, schedule);
  const latest = cluster.informers.cronJobs.getSame(cron) ?? cron;
  cleanHistory(cluster, latest);
  writeActive(cluster, latest);
}

function readSchedule(cluster: Cluster, cron: KubeObject): CronSchedule | undefined {
  const zone = textAt(cron, 'spec', 'timeZone') ?? 'Etc/UTC';
  const warn = (reason: string, message: string) =>
    cluster.events.record(component, resources.cronJobs, cron, { type: 'Warning', reason, message });
  if (zone !== 'Etc/UTC' && zone !== 'UTC') {
    warn('UnknownTimeZone', `invalid timeZone: "${zone}" - unknown time zone ${zone}`);
    return undefined;
  }
  try {
    return parseSchedule(textAt(cron, 'spec', 'schedule') ?? '');
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    warn('UnparseableSchedule', `unparseable schedule: ${error.message}`);
    return undefined;
  }
}

/** Makes the Job of the latest time that has come since the last one; earlier times that were missed are left out. */
function runDue(cluster: Cluster, queue: WorkQueue, cron: KubeObject, schedule: CronSchedule): void {
  const now = cluster.scheduler.now();
  const since = millisOf(textAt(cron, 'status', 'lastScheduleTime') ?? cron.metadata.creationTimestamp);
  let due: number | undefined;
  let next = schedule.next(since);
  for (; next !== undefined && next <= now; next = schedule.next(next)) due = next;
  if (next !== undefined) queue.addAfter(keyOf(cron), next - now);
  const late = numberAt(cron, 'spec', 'startingDeadlineSeconds');
  if (due === undefined || (late !== undefined && due + late * 1000 < now)) return;
  const active = activeJobs(cluster, cron);
  const policy = textAt(cron, 'spec', 'concurrencyPolicy');
  if (policy === 'Forbid' && active.length > 0) return;
  for (const job of policy === 'Replace' ? active : []) removeJob(cluster, job);
  createJob(cluster, cron, due);
}

const jobsOf = (cluster: Cluster, cron: KubeObject) => cluster.informers.jobs.by('controller', cron.metadata.uid ?? '');
const activeJobs = (cluster: Cluster, cron: KubeObject) =>
  jobsOf(cluster, cron).filter((job) => !isFinished(job) && !isTerminating(job));

function removeJob(cluster: Cluster, job: KubeObject): void {
  goneAlready(() => cluster.store.delete(refOf(resources.jobs, job), { propagation: 'Background' }));
}

function createJob(cluster: Cluster, cron: KubeObject, due: number): void {
  const { name, namespace } = cron.metadata;
  const template = objectAt(cron, 'spec', 'jobTemplate');
  const metadata = objectAt(template, 'metadata');
  try {
    cluster.store.create(resources.jobs, {
      metadata: {
        name: `${name}-${Math.floor(due / 60_000)}`,
        ...(namespace !== undefined && { namespace }),
        labels: { ...(objectAt(metadata, 'labels') as Record<string, string> | undefined) },
        annotations: {
          ...(objectAt(metadata, 'annotations') as Record<string, string> | undefined),
          'batch.kubernetes.io/cronjob-scheduled-timestamp': timeText(due),
        },
        ownerReferences: [controllerReference(resources.cronJobs, cron)],
      },
      spec: objectAt(template, 'spec') ?? {},
    });
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.reason !== 'AlreadyExists') throw failure;
  }
  writeStatus(cluster, resources.cronJobs, cron, { ...objectAt(cron, 'status'), lastScheduleTime: timeText(due) });
}

function cleanHistory(cluster: Cluster, cron: KubeObject): void {
  const limits = [
    ['Complete', 'successfulJobsHistoryLimit', 3],
    ['Failed', 'failedJobsHistoryLimit', 1],
  ] as const;
  for (const [type, field, byDefault] of limits) {
    const ended = jobsOf(cluster, cron).filter(
      (job) => conditionOf(job, type)?.['status'] === 'True' && !isTerminating(job),
    );
    const limit = numberAt(cron, 'spec', field) ?? byDefault;
    for (const job of ended.slice(0, Math.max(0, ended.length - limit))) removeJob(cluster, job);
  }
}

function writeActive(cluster: Cluster, cron: KubeObject): void {
  const latest = cluster.informers.cronJobs.getSame(cron) ?? cron;
  const status = without(objectAt(latest, 'status') ?? {}, 'active');
  const active = activeJobs(cluster, latest).map((job) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    name: job.metadata.name,
    namespace: job.metadata.namespace,
    uid: job.metadata.uid,
  }));
  const succeeded = jobsOf(cluster, latest).map((job) => textAt(job, 'status', 'completionTime') ?? '');
  const lastSuccessfulTime = [...succeeded, textAt(status, 'lastSuccessfulTime') ?? ''].sort().at(-1);
  writeStatus(cluster, resources.cronJobs, latest, {
    ...status,
    ...(active.length > 0 && { active }),
    ...(lastSuccessfulTime && { lastSuccessfulTime }),
  });
}
