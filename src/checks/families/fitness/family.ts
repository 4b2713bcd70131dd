/** Restart without loss. */
import type { Family } from '../../check.ts';
import { connectionsAreShort, leadersAreKnown } from './connections.ts';
import { graceOutlastsDrain, rolloutLosesNothing } from './ending.ts';
import { autoscalerHasRoom, budgetAllowsOne, deadlineIsLongEnough, isWholeNow, noPodIsLeftBehind } from './limits.ts';
import { hostPortIsFree, podsAreApart, spreadLeavesRoom, volumesCanBeShared } from './placement.ts';
import { canBeHandedOver, endsGracefully, hasReadinessProbe, otherNodesServe, waitsForReadiness } from './serving.ts';
import { controllerRolls, isNotPaused, keepsItsPods, secondPodComesFirst, strategyIsRolling } from './strategy.ts';

/** Checks of this family, by number. */
export const fitness: Family = {
  name: 'fitness',
  title: 'Restart without loss',
  checks: [
    hasReadinessProbe,
    endsGracefully,
    canBeHandedOver,
    secondPodComesFirst,
    strategyIsRolling,
    keepsItsPods,
    budgetAllowsOne,
    graceOutlastsDrain,
    hostPortIsFree,
    spreadLeavesRoom,
    volumesCanBeShared,
    podsAreApart,
    leadersAreKnown,
    connectionsAreShort,
    controllerRolls,
    isNotPaused,
    deadlineIsLongEnough,
    isWholeNow,
    autoscalerHasRoom,
    noPodIsLeftBehind,
    waitsForReadiness,
    otherNodesServe,
    rolloutLosesNothing,
  ],
};
